from __future__ import annotations

from flaskgen.effects.shipped.compatibility_data import load_series
from tests.flask_suites.expected import Expected, compare
from tests.flask_suites.running import SuiteRun

SERIES = load_series()[-1]
ROWS = (
    Expected("click dropped it", (SERIES.name,), message="TypeError*"),
    Expected("removed in 3.14", (SERIES.name,), tests=("test_b.*",), pythons=">=3.14"),
    Expected("of another series", ("0.10",), tests=("*",)),
)


def test_a_failure_without_a_reason_and_a_reason_without_a_failure_are_told() -> None:
    run = SuiteRun(3, {"test_a.one": "TypeError: x", "test_a.two": "AssertionError"})
    older = compare(SERIES, "3.13", run, ROWS)
    assert (older.unexpected, older.missing) == (("test_a.two",), ())
    assert not older.as_expected
    newer = compare(SERIES, "3.14", run, ROWS)
    assert newer.missing == ("removed in 3.14",)


def test_what_fails_for_a_known_reason_is_as_expected() -> None:
    run = SuiteRun(3, {"test_a.one": "TypeError: x", "test_b.two": "AssertionError"})
    found = compare(SERIES, "3.15", run, ROWS)
    assert found.as_expected
    assert found.reasons == ("click dropped it", "removed in 3.14")
