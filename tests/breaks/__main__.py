"""Try each known break, for real: `python -m tests.breaks [ID]... [--fresh] [--write]`.

For each row of breaks.toml, the versions that work and those that fail are installed, and its script is run
in both environments: it has to pass in the one, and to fail in the other with one of the messages. Rows that
docs/errors.md has are not tried again, unless they have changed. Needs the Pythons that the rows name, also
2.7, and the index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from packaging.version import Version

from flaskgen.effects.python.interpreters import find_of_minor
from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.effects.system.environment import uv_program
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.breaks import Break, Stops
from tests.breaks.document import DOCUMENT, Tried, digest, read_tried, write_document
from tests.breaks.trials import Trial, load_trials

LIMIT = 300  # seconds for an installation


def main() -> int:
    """Try the rows, and return 1 if one is not as it says."""
    parser = argparse.ArgumentParser(prog="python -m tests.breaks")
    parser.add_argument("ids", nargs="*", metavar="ID", help="which rows; default: all")
    parser.add_argument("--fresh", action="store_true", help="try again what has passed")
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}, if every row passed")
    options = parser.parse_args()
    rows = load_breaks().rows
    passed = read_tried(DOCUMENT.read_text(encoding="utf-8"))
    failed = 0
    for row in rows:
        if options.ids and row.id not in options.ids:
            continue
        if options.fresh or options.ids or digest(row) != passed.get(row.id, Tried("", "")).digest:
            passed.pop(row.id, None)
            problem = _try(row)
            print(f"{row.id:<32} {problem or 'passed'}", flush=True)
            failed += bool(problem)
            if not problem:
                passed[row.id] = Tried(digest(row), f"{datetime.now(UTC):%Y-%m-%d}")
    if not options.ids:
        for problem in _wrong_last_releases():
            print(problem)
            failed += 1
    print(f"{len(rows)} rows, {sum(row.id in passed for row in rows)} passed")
    if options.write and all(row.id in passed for row in rows):
        write_document(load_breaks(), passed)
    return 1 if failed else 0


def _try(row: Break) -> str | None:
    """Return what is not as the row says, or None."""
    works, fails, script = load_trials()[row.id]
    stage, output = _run(works, script)
    if stage:
        return f"does not work with what works ({stage}): {_last_line(output)}"
    stage, output = _run(fails, script)
    if stage is None:
        return "works with what fails"
    if (stage == "installation") != (row.stops is Stops.INSTALLATION):
        return f"stops at {stage}: {_last_line(output)}"
    if row.errors and not row.explains(output):
        return f"fails with another message: {_last_line(output)}"
    return None


def _run(trial: Trial, script: str) -> tuple[str | None, str]:
    """Return where a trial stopped, or None, and what was printed."""
    with tempfile.TemporaryDirectory(prefix="flaskgen-breaks-") as name:
        directory = Path(name)
        python = _interpreter(trial.python)
        if trial.python != "2.7":
            subprocess.run([uv_program(), "venv", "-q", "--python", python, directory / "v"], check=True)
            python = directory / "v" / "bin" / "python"
        if trial.pins:
            (directory / "build.txt").write_text("\n".join(trial.build))
            options = ["--python", str(python), "--build-constraints", str(directory / "build.txt")]
            command = [str(uv_program()), "pip", "install", "--no-config", *options, *trial.pins]
            installed = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
            if installed.returncode:
                return "installation", installed.stderr
        command = [str(python), "-W", "ignore", "-c", script]
        run = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
        return ("script", run.stdout + run.stderr) if run.returncode else (None, run.stdout)


def _wrong_last_releases() -> Iterator[str]:
    """Yield the last releases for a Python that are not those that uv takes; it knows 3.6 and newer."""
    for python, releases in load_breaks().last.items():
        if python < Version("3.6"):
            continue
        options = [
            "--no-config",
            "--no-deps",
            "--no-header",
            "--no-annotate",
            "--python-version",
            str(python),
        ]
        command = [str(uv_program()), "pip", "compile", *options, "-"]
        completed = subprocess.run(
            command, input="\n".join(releases), capture_output=True, text=True, timeout=LIMIT, check=True
        )
        found = dict(line.split("==") for line in completed.stdout.splitlines())
        yield from (
            f"Python {python}: {name} {version} is not the last release, {found[name]} is"
            for name, version in releases.items()
            if str(version) != found[name]
        )


@cache
def _interpreter(version: str) -> Path:
    if version == "2.7":  # which flaskgen does not look for
        root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
        paths = [
            *root.glob("versions/2.7*/bin/python2.7"),
            *map(Path, filter(None, [shutil.which("python2.7")])),
        ]
    else:
        interpreter = find_of_minor(version, session=Session())
        paths = [interpreter.path] if interpreter else []
    return paths[0] if paths else sys.exit(f"there is no Python {version}")


def _last_line(output: str) -> str:
    return next((line for line in reversed(output.splitlines()) if line.strip()), "")[:200]


if __name__ == "__main__":
    sys.exit(main())
