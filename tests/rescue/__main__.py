"""Rescue real projects: `python -m tests.rescue --src DIR --corpus FILE [--write] [ID]...`.

FILE has a JSON object for each project, a line each: its `id`, its repository `repo`, the `commit`, and
whether it starts with plain pip. DIR has a directory for each id with the files of that commit, which are not
ours to keep: `git archive COMMIT | tar x -C DIR/ID`. Each is copied, `flaskgen rescue --test` is run there,
and nothing of it stays. What was measured is kept in build/rescue.jsonl and not measured again, unless an ID
is named. `--write` writes the table of docs/rescue.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.rescue.document import DOCUMENT, Measured, write_document

RESULTS = DOCUMENT.parents[1] / "build" / "rescue.jsonl"
LIMIT = 900  # seconds


def main() -> int:
    """Measure, print a line for each project, and return how many do not start that did with pip."""
    parser = argparse.ArgumentParser(prog="python -m tests.rescue")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--src", type=Path, required=True, metavar="DIR")
    parser.add_argument("--corpus", type=Path, required=True, metavar="FILE")
    parser.add_argument("--write", action="store_true", help=f"write the table of {DOCUMENT.name}")
    options = parser.parse_args()
    corpus = [json.loads(line) for line in options.corpus.read_text().splitlines()]
    done = _read_results()
    for facts in corpus:
        name = facts["id"]
        if name in options.ids or not (options.ids or name in done):
            done[name] = _measure(facts, options.src / name)
            print(*done[name], sep="  ", flush=True)
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text("".join(f"{json.dumps(one._asdict())}\n" for one in done.values()))
    measured = [done[facts["id"]] for facts in corpus if facts["id"] in done]
    if options.write:
        write_document(measured)
    return sum(one.with_pip and not one.starts for one in measured)


def _read_results() -> dict[str, Measured]:
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return {one.id: one for one in (Measured(**json.loads(line)) for line in lines)}


def _measure(facts: dict[str, Any], source: Path) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / facts["id"]
        shutil.copytree(source, project, symlinks=True)
        started = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-P", "-m", "flaskgen", "rescue", str(project), "--test", "--json"],
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        seconds = time.perf_counter() - started
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
