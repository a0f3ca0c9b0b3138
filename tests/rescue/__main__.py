"""Rescue real projects: `python -m tests.rescue --src DIR --corpus FILE [--write] [ID]...`.

FILE has a JSON object for each project, a line each: its `id`, its repository `repo`, the `commit`, and
whether it starts with plain pip. DIR has a directory for each id with the files of that commit, which are not
ours to keep: `git archive COMMIT | tar x -C DIR/ID`. Each is copied, `flaskgen rescue --test` is run there,
and nothing of it stays. What was measured is kept in build/rescue.jsonl and not measured again, unless an ID
is named. `--write` writes the table of docs/rescue.md.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.corpus import keep_results, parse_options, read_corpus, read_results, run_flaskgen
from tests.rescue.document import DOCUMENT, Measured, write_document

RESULTS = DOCUMENT.parents[1] / "build" / "rescue.jsonl"
LIMIT = 900  # seconds


def main() -> int:
    """Measure, print a line for each project, and return how many do not start that did with pip."""
    options = parse_options("python -m tests.rescue", DOCUMENT)
    corpus = read_corpus(options.corpus)
    done = read_results(RESULTS, Measured)
    for name, facts in corpus.items():
        if name in options.ids or not (options.ids or name in done):
            done[name] = _measure(facts, options.src / name)
            print(*done[name], sep="  ", flush=True)
            keep_results(RESULTS, done)
    measured = [done[name] for name in corpus if name in done]
    if options.write:
        write_document(measured)
    return sum(one.with_pip and not one.starts for one in measured)


def _measure(facts: dict[str, Any], source: Path) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / facts["id"]
        shutil.copytree(source, project, symlinks=True)
        run, seconds = run_flaskgen("rescue", str(project), "--test", "--json", cwd=Path.cwd(), limit=LIMIT)
    printed = json.loads(run.stdout)
    error = printed.get("error")
    tests = printed.get("tests")
    return Measured(
        id=facts["id"],
        repository=facts["repo"],
        commit=facts["commit"][:10],
        with_pip=facts["started_on_2026_11_25"]["baseline"],
        starts=run.returncode == 0,
        summary=error["message"] if error else printed["summary"],
        attempts=printed.get("attempts", 0),
        seconds=round(seconds, 1),
        tests=bool(tests and tests["pass"]),
    )


if __name__ == "__main__":
    sys.exit(main())
