"""The lines of Flask that projects are made for, and the interpreters here that can run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.planning.flask.compatibility import FlaskLine
from flaskgen.planning.flask.releases import FlaskRelease

LINES = load_lines()
NEWEST = LINES[-1]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"

each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
old_lines_are_slow = [
    pytest.param(line, id=line.name, marks=() if line is NEWEST else pytest.mark.slow) for line in LINES
]


def release_of(line: FlaskLine) -> FlaskRelease:
    return FlaskRelease(line.tested, line.for_release(line.tested))


def pythons_of(line: FlaskLine) -> list[str]:
    """Return the Pythons of a line, oldest first."""
    bounds = release_of(line).line.pythons
    first, last = (int(bound.version.split(".")[1]) for bound in (bounds.minimum, bounds.maximum))
    return [f"3.{minor}" for minor in range(first, last + 1)]


def any_python_of(line: FlaskLine) -> str:
    """Return the running Python, or the line's newest where that is too new."""
    pythons = pythons_of(line)
    return RUNNING if RUNNING in pythons else pythons[-1]


@cache
def interpreter_of(python: str) -> Path:
    """Find a Python by its minor version beside the running one or on the PATH, or skip the test."""
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{python}.*/bin/python"))
    named = shutil.which(f"python{python}")
    for candidate in (Path(sys.executable), *beside, *([Path(named)] if named else [])):
        if _version(candidate) == python:
            return candidate
    pytest.skip(f"Python {python} is not on this machine")


def _version(interpreter: Path) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    asked = subprocess.run([interpreter, "-I", "-c", code], capture_output=True, text=True, check=False)
    return asked.stdout.strip()
