"""The cells of the matrix: every line of Flask, on every Python, with nothing and with everything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.session import Session
from flaskgen.errors import IncompatibleVersions
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.pythons import check_python
from flaskgen.planning.flask.releases import FlaskRelease
from tests.project_templates.subsets import known_to

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cell:
    """One project to make, or a pair of versions that has to be refused."""

    series: FlaskSeries
    interpreter: Interpreter
    extensions: tuple[str, ...]
    refusal: str | None = None
    """The recorded reason, where the pair is refused."""

    @property
    def name(self) -> str:
        with_them = "refused" if self.refusal else "all" if self.extensions else "none"
        return f"{self.series.name:<5} {self.interpreter.minor:<5} {with_them:<8}"


@dataclass(frozen=True)
class Result:
    """What came of a cell."""

    cell: str
    key: str
    passed: bool
    seconds: float
    said: str

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


@cache
def all_interpreters() -> tuple[Interpreter, ...]:
    """Return one CPython of each minor version on this machine, oldest first."""
    found = {one.minor: one for one in find_interpreters(Session()) if one.implementation == "CPython"}
    return tuple(found[minor] for minor in sorted(found, key=lambda minor: int(minor.split(".")[1])))


def all_cells() -> Iterator[Cell]:
    """Yield every cell: newest line first, oldest Python first."""
    for series in reversed(load_series()):
        for interpreter in all_interpreters():
            refusal = refusal_of(FlaskRelease(series.tested, series), interpreter)
            supported = tuple(known_to(series, interpreter.minor))
            for extensions in ((),) if refusal else ((), supported):
                yield Cell(series, interpreter, extensions, refusal)


def refusal_of(release: FlaskRelease, interpreter: Interpreter) -> str | None:
    """Return the reason that the data has against a pair, or None."""
    try:
        check_python(release, interpreter.version)
    except IncompatibleVersions as refused:
        return refused.message
    return None


def key_of(series: FlaskSeries) -> str:
    """Return a digest of what a cell is made from: when that changes, it has to be made again."""
    data = ROOT / "flaskgen" / "compatibility"
    templates = sorted(path for path in (ROOT / "project_templates").rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in (data / f"{series.name}.toml", data / f"{series.name}.lock", *templates):
        if path.suffix != ".pyc":
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
