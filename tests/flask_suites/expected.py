"""The failures of Flask's own suites that are expected, each with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from flaskgen.planning.flask.compatibility import FlaskSeries
from tests.flask_suites.running import SuiteRun


class Expected(NamedTuple):
    """Tests that fail, by patterns of their names, or by what is said of them."""

    reason: str
    series: tuple[str, ...]
    tests: tuple[str, ...] = ("*",)
    message: str = "*"
    pythons: str = ""

    def applies_to(self, series: str, python: str) -> bool:
        return series in self.series and SpecifierSet(self.pythons).contains(python)

    def explains(self, name: str, message: str) -> bool:
        return fnmatchcase(message, self.message) and any(fnmatchcase(name, one) for one in self.tests)


def read_expected() -> tuple[Expected, ...]:
    """Read the file beside this module."""
    path = Path(__file__).with_name("expected.toml")
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["expected"]
    return tuple(
        Expected(
            row["reason"],
            tuple(row["series"]),
            tuple(row.get("tests", ("*",))),
            row.get("message", "*"),
            row.get("pythons", ""),
        )
        for row in rows
    )


class Comparison(NamedTuple):
    """One run beside what is expected of it."""

    release: str
    python: str
    passed: int
    failures: Mapping[str, str]
    unexpected: tuple[str, ...]
    missing: tuple[str, ...]
    """Reasons of failures that did not happen."""
    reasons: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        return not (self.unexpected or self.missing)

    def __str__(self) -> str:
        rows = [f"Flask {self.release} on {self.python}: {self.passed} passed, {len(self.failures)} failed"]
        rows += [f"  unexpected: {name}: {self.failures[name]}" for name in self.unexpected]
        rows += [f"  did not fail: {reason}" for reason in self.missing]
        return "\n".join(rows)


def compare(
    series: FlaskSeries, python: str, run: SuiteRun, expected: Sequence[Expected] | None = None
) -> Comparison:
    """Hold a run against the rows that apply to it."""
    rows = [one for one in expected or read_expected() if one.applies_to(series.name, python)]
    explained = {
        row: [name for name, said in run.failures.items() if row.explains(name, said)] for row in rows
    }
    known = {name for names in explained.values() for name in names}
    return Comparison(
        release=series.tested,
        python=python,
        passed=run.passed,
        failures=run.failures,
        unexpected=tuple(sorted(run.failures.keys() - known)),
        missing=tuple(row.reason for row, names in explained.items() if not names),
        reasons=tuple(dict.fromkeys(row.reason for row, names in explained.items() if names)),
    )
