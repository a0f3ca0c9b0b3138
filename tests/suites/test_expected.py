from __future__ import annotations

from flaskgen.effects.shipped.compatibility_data import load_series
from tests.suites.expected import Expected, compare, read_expected
from tests.suites.running import SuiteRun
from tests.suites.subjects import read_subjects, required_by_extensions

ROWS = (
    Expected("Flask", "click dropped it", ("3.1",), message="TypeError"),
    Expected("Flask", "removed in 3.14", ("3.1",), tests=("test_b.*",), pythons=">=3.14"),
    Expected("Flask", "of another series", ("0.10",)),
    Expected("Flask-Login", "of another suite", ("3.1",)),
)


def test_a_failure_without_a_reason_and_a_reason_without_a_failure_are_told() -> None:
    run = SuiteRun("3.1.3", 3, 0, {"test_a.one": "TypeError: x", "test_a.two": "AssertionError"})
    older = compare("Flask", "3.1", "3.13", run, ROWS)
    assert (older.unexpected, older.missing) == (("test_a.two",), ())
    assert not older.as_expected
    newer = compare("Flask", "3.1", "3.14", run, ROWS)
    assert newer.missing == ("removed in 3.14",)


def test_what_fails_for_a_known_reason_is_as_expected() -> None:
    run = SuiteRun("3.1.3", 3, 0, {"test_a.one": "TypeError: x", "test_b.two": "AssertionError"})
    found = compare("Flask", "3.1", "3.15", run, ROWS)
    assert found.as_expected
    assert found.reasons == ("click dropped it", "removed in 3.14")


def test_each_flask_extension_of_the_catalogue_has_its_suite_or_a_reason_why_not() -> None:
    subjects = {one.name: one for one in read_subjects()}
    required = {name for name in required_by_extensions(load_series()) if "flask" in name.lower()}
    assert required <= subjects.keys()
    assert all(bool(one.series) != bool(one.without) for one in subjects.values())


def test_each_expected_failure_is_of_a_suite_that_runs() -> None:
    runs = {(one.name, series) for one in read_subjects() for series in one.series}
    assert {(row.suite, series) for row in read_expected() for series in row.series} <= runs
