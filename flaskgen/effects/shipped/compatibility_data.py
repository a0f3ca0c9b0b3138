"""Reads the compatibility data that ships inside the package."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from flaskgen.planning.flask.compatibility import FlaskLine, parse_line
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.lock import Lock, parse_lock

if TYPE_CHECKING:
    from flaskgen.planning.flask.breaks import Breaks

_SERIES = re.compile(r"[\d.]+\.toml")


@cache
def load_breaks() -> Breaks:
    """Return what is known to break."""
    from flaskgen.planning.flask.breaks import parse_breaks  # late: it needs packaging, and is seldom needed

    data = files("flaskgen.compatibility") / "breaks.toml"
    return parse_breaks(data.read_text(encoding="utf-8"), source="breaks.toml")


@cache
def load_lines() -> tuple[FlaskLine, ...]:
    """Return every line of Flask that this flaskgen knows, oldest first."""
    data = files("flaskgen.compatibility")
    names = (entry.name for entry in data.iterdir() if _SERIES.fullmatch(entry.name))
    lines = [parse_line((data / name).read_text(encoding="utf-8"), source=name) for name in names]
    return tuple(sorted(lines, key=lambda line: version_numbers(line.name)))


def load_lock(line: FlaskLine) -> Lock:
    """Return the versions that ``line`` was tested with."""
    return _read_lock(line.name)


@cache
def _read_lock(name: str) -> Lock:
    return parse_lock((files("flaskgen.compatibility") / f"{name}.lock").read_text(encoding="utf-8"))
