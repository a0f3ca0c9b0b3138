"""Upgrade real projects: `python -m tests.ladders --src DIR --corpus FILE [--write] [ID]...`.

DIR and FILE are those of `python -m tests.rescue`; each line of FILE also has the `date` of the commit. Each
project is copied and committed as of that day, and `flaskgen upgrade` is run there; nothing of it stays. What
was measured is kept in build/ladders.jsonl, and only measured again if its ID is named. `--write` writes the
tables of docs/upgrade.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.ladders.document import DOCUMENT, Measured, write_document

RESULTS = DOCUMENT.parents[1] / "build" / "ladders.jsonl"
LIMIT = 1800  # seconds


def main() -> int:
    """Measure, print a line for each project, and return how many did not begin."""
    parser = argparse.ArgumentParser(prog="python -m tests.ladders")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--src", type=Path, required=True, metavar="DIR")
    parser.add_argument("--corpus", type=Path, required=True, metavar="FILE")
    parser.add_argument("--write", action="store_true", help=f"write the tables of {DOCUMENT.name}")
    options = parser.parse_args()
    corpus = {facts["id"]: facts for facts in map(json.loads, options.corpus.read_text().splitlines())}
    for name in options.ids:
        one = _measure(corpus[name], options.src / name)
        print(name, one.summary, f"{one.seconds:.0f} s", sep="  ", flush=True)
        done = _read_results() | {name: one}  # others may run
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("".join(f"{json.dumps(one._asdict())}\n" for one in done.values()))
    done = _read_results()
    measured = [done[name] for name in corpus if name in done]
    if options.write:
        write_document(measured)
    return sum("error" in one.printed for one in measured)


def _read_results() -> dict[str, Measured]:
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return {one.id: one for one in (Measured(**json.loads(line)) for line in lines)}


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
        started = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-P", "-m", "flaskgen", "upgrade", "--json"],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        seconds = time.perf_counter() - started
    return Measured(
        facts["id"], facts["repo"], facts["commit"][:10], round(seconds, 1), json.loads(run.stdout)
    )


if __name__ == "__main__":
    sys.exit(main())
