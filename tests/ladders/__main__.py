"""Upgrade real projects: `python -m tests.ladders --src DIR --corpus FILE [--write] [ID]...`.

DIR and FILE are those of `python -m tests.rescue`; each line of FILE also has the `date` of the commit. Each
project is copied and committed as of that day, and `flaskgen upgrade` is run there; nothing of it stays. What
was measured is kept in build/ladders.jsonl, and only measured again if its ID is named. `--write` writes the
tables of docs/upgrade.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.corpus import keep_results, parse_options, read_corpus, read_results, run_flaskgen
from tests.ladders.document import DOCUMENT, Measured, write_document

RESULTS = DOCUMENT.parents[1] / "build" / "ladders.jsonl"
LIMIT = 1800  # seconds


def main() -> int:
    """Measure, print a line for each project, and return how many did not begin."""
    options = parse_options("python -m tests.ladders", DOCUMENT)
    corpus = read_corpus(options.corpus)
    for name in options.ids:
        one = _measure(corpus[name], options.src / name)
        print(name, one.summary, f"{one.seconds:.0f} s", sep="  ", flush=True)
        keep_results(RESULTS, read_results(RESULTS, Measured) | {name: one})  # others may run
    done = read_results(RESULTS, Measured)
    measured = [done[name] for name in corpus if name in done]
    if options.write:
        write_document(measured)
    return sum("error" in one.printed for one in measured)


def _measure(facts: dict[str, Any], source: Path) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / facts["id"]
        shutil.copytree(source, project, symlinks=True)
        day = f"{facts['date']} 12:00:00"
        environment = os.environ | {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
        for arguments in (
            ("init", "-q"),
            ("config", "user.name", "Ladder"),
            ("config", "user.email", "ladder@example.com"),
            ("add", "--all", "--force"),
            ("commit", "-qm", "As published"),
        ):
            subprocess.run(["git", *arguments], cwd=project, env=environment, check=True)
        run, seconds = run_flaskgen("upgrade", "--json", cwd=project, limit=LIMIT)
    return Measured(
        facts["id"], facts["repo"], facts["commit"][:10], round(seconds, 1), json.loads(run.stdout)
    )


if __name__ == "__main__":
    sys.exit(main())
