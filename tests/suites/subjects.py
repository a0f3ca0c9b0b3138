"""The distributions whose own test suites run, and what each suite needs beyond the pins of the lock."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from flaskgen.planning.flask.compatibility import FlaskSeries


class Subject(NamedTuple):
    """One distribution of the lock, such as Flask-Login."""

    name: str
    series: tuple[str, ...] = ()
    """The release series of Flask with which its suite runs."""
    tests: tuple[str, ...] = ("tests",)
    """The paths in its sdist that are run."""
    tools: tuple[str, ...] = ()
    """What its suite imports: if a version is named, rather than that of the lock."""
    older: Mapping[str, tuple[str, ...]] = {}
    """Other versions of tools, by series."""
    without: str | None = None
    """Why there is no suite to run."""

    def tools_for(self, series: str) -> tuple[Requirement, ...]:
        tools = map(Requirement, (*self.tools, *self.older.get(series, ())))
        return tuple({tool.name: tool for tool in tools}.values())


def read_subjects() -> tuple[Subject, ...]:
    """Read the file beside this module."""
    path = Path(__file__).with_name("subjects.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Subject(name, **row) for name, row in tables.items())


def required_by_extensions(all_series: Iterable[FlaskSeries]) -> Iterator[str]:
    """Yield the distributions that extensions require directly on any series."""
    for series in all_series:
        for support in series.extensions.values():
            for requirement in support.required_with(series.conditions):
                yield Requirement(requirement).name
