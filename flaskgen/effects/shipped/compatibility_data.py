"""Reads the compatibility data that ships inside the package."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, overload

from flaskgen import compatibility
from flaskgen.planning.flask.compatibility import FlaskSeries, parse_series
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.lock import Lock, parse_lock

if TYPE_CHECKING:
    from flaskgen.planning.flask.breaks import Breaks
    from flaskgen.planning.packages.package_change import Advisories

COMPATIBILITY = Path(compatibility.__path__[0])
"""The directory of the data."""
_SERIES = re.compile(r"[\d.]+\.toml")


@cache
def load_breaks() -> Breaks:
    from flaskgen.planning.flask.breaks import parse_breaks  # late: it needs packaging, and is seldom needed

    return parse_breaks((COMPATIBILITY / "breaks.toml").read_text(encoding="utf-8"))


@cache
def load_advisories() -> Advisories:
    """Return the security advisories that releases of Flask and its own packages fixed."""
    from flaskgen.planning.packages.package_change import parse_advisories  # late: few commands need it

    return parse_advisories((COMPATIBILITY / "security.toml").read_text(encoding="utf-8"))


@cache
def load_series() -> Sequence[FlaskSeries]:
    """Return every series of Flask that this flaskgen knows, oldest first."""
    names = [name.removesuffix(".toml") for name in os.listdir(COMPATIBILITY) if _SERIES.fullmatch(name)]
    return _Series(sorted(names, key=version_numbers))


class _Series(Sequence[FlaskSeries]):
    """Series that are read when they are asked for: most commands need one of them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> FlaskSeries: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FlaskSeries]: ...
    def __getitem__(self, index: int | slice) -> FlaskSeries | Sequence[FlaskSeries]:
        if isinstance(index, slice):
            return [*map(_read_series, self._names[index])]
        return _read_series(self._names[index])


@cache
def _read_series(name: str) -> FlaskSeries:
    return parse_series((COMPATIBILITY / f"{name}.toml").read_text(encoding="utf-8"))


def load_lock(series: FlaskSeries) -> Lock:
    """Return the versions that ``series`` was tested with."""
    return _read_lock(series.name)


@cache
def _read_lock(name: str) -> Lock:
    return parse_lock((COMPATIBILITY / f"{name}.lock").read_text(encoding="utf-8"))


def locked_hashes(flask: str | None = None) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the hashes of every version that flaskgen was tested with.

    Each lock has those of the files that the Pythons of its series can install. The lock with the release
    ``flask`` decides for its versions; for all others the locks are taken together.
    """
    hashes: dict[tuple[str, str], tuple[str, ...]] = {}
    own: dict[tuple[str, str], tuple[str, ...]] = {}
    for series in load_series():
        for packages in load_lock(series).packages.values():
            for package in packages:
                key = package.name, package.version
                hashes[key] = tuple(sorted({*hashes.get(key, ()), *package.hashes}))
                if series.tested == flask:
                    own[key] = package.hashes
    return {**hashes, **own}
