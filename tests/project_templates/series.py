"""The lines of Flask that projects are made for, and the interpreters here that can run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import FlaskRelease
from tests.sampling import sampled

ALL_SERIES = load_series()
NEWEST = ALL_SERIES[-1]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"

each_series = pytest.mark.parametrize("series", ALL_SERIES, ids=lambda series: series.name)
some_series = pytest.mark.parametrize(
    "series",
    sampled(ALL_SERIES, [one for one in ALL_SERIES if one.name in ("0.10", "2.2", NEWEST.name)]),
    ids=lambda series: series.name,
)
old_series_are_slow = [
    pytest.param(series, id=series.name, marks=() if series is NEWEST else pytest.mark.slow)
    for series in ALL_SERIES
]


def release_of(series: FlaskSeries) -> FlaskRelease:
    return FlaskRelease(series.tested, series.for_release(series.tested))


def pythons_of(series: FlaskSeries) -> list[str]:
    """Return the Pythons of a line, oldest first."""
    bounds = release_of(series).series.pythons
    first, last = (int(bound.version.split(".")[1]) for bound in (bounds.minimum, bounds.maximum))
    return [f"3.{minor}" for minor in range(first, last + 1)]


def any_python_of(series: FlaskSeries) -> str:
    """Return the running Python, or the line's newest where that is too new."""
    pythons = pythons_of(series)
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
