"""The failures of suites that are expected, each with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from tests.suites.running import SuiteRun


class Expected(NamedTuple):
    """Tests that fail, by patterns of their names, or by what is said of them."""

    suite: str
    """The name of its distribution."""
    reason: str
    series: tuple[str, ...]
    tests: tuple[str, ...] = ("*",)
    message: str = "*"
    """A pattern of how what is said begins."""
    pythons: str = ""

    def applies_to(self, suite: str, series: str, python: str) -> bool:
        return suite == self.suite and series in self.series and SpecifierSet(self.pythons).contains(python)

    def explains(self, name: str, message: str) -> bool:
        return fnmatchcase(message, f"{self.message}*") and any(fnmatchcase(name, one) for one in self.tests)


def read_expected() -> tuple[Expected, ...]:
    """Read the file beside this module."""
    path = Path(__file__).with_name("expected.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Expected(
            suite,
            row["reason"],
            tuple(row["series"]),
            tuple(row.get("tests", ("*",))),
            row.get("message", "*"),
            row.get("pythons", ""),
        )
        for suite, rows in tables.items()
        for row in rows
    )


class Comparison(NamedTuple):
    """One run beside what is expected of it."""

    name: str
    series: str
    python: str
    run: SuiteRun
    unexpected: tuple[str, ...]
    missing: tuple[str, ...]
    """Reasons of failures that did not happen."""
    reasons: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        ran = self.run.passed or self.run.failures
        return bool(ran) and not (self.unexpected or self.missing)

    def __str__(self) -> str:
        counts = f"{self.run.passed} passed, {self.run.skipped} skipped, {len(self.run.failures)} failed"
        rows = [f"{self.name} {self.run.version} with Flask {self.series} on {self.python}: {counts}"]
        for name in self.unexpected:
            rows.append(f"  unexpected: {name}: {self.run.failures[name].splitlines()[0]}")
        rows += [f"  did not fail: {reason}" for reason in self.missing]
        return "\n".join(rows)


def compare(
    name: str, series: str, python: str, run: SuiteRun, expected: Sequence[Expected] | None = None
) -> Comparison:
    """Hold a run against the rows that apply to it."""
    rows = [one for one in expected or read_expected() if one.applies_to(name, series, python)]
    explained = {
        row: [test for test, said in run.failures.items() if row.explains(test, said)] for row in rows
    }
    known = {test for tests in explained.values() for test in tests}
    return Comparison(
        name,
        series,
        python,
        run,
        unexpected=tuple(sorted(run.failures.keys() - known)),
        missing=tuple(row.reason for row, tests in explained.items() if not tests),
        reasons=tuple(dict.fromkeys(row.reason for row, tests in explained.items() if tests)),
    )
