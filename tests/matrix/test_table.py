from __future__ import annotations

from pathlib import Path

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.interpreter import Interpreter
from tests.matrix.cells import Result
from tests.matrix.refused import Forced
from tests.matrix.table import format_tables


def result(cell: str, said: str, *, passed: bool = True) -> Result:
    return Result(cell, "key", passed, 1.0, said)


def test_the_table_tells_made_refused_and_failed_cells_apart() -> None:
    text = format_tables(
        [
            result("3.1   3.8   refused", "Flask 3.1.3 does not work on Python 3.8 (...)"),
            result("3.1   3.13  none", "19 passed in 0.1s"),
            result("3.1   3.13  all", "no", passed=False),
            result("3.0   3.8   refused", "made", passed=False),
            result("3.0   3.13  none", "19 passed in 0.1s"),
            result("3.0   3.13  all", "95 passed in 2.1s"),
        ]
    )
    assert "4 projects made, 2 pairs refused, 2 failures." in text
    assert "| Flask | Python 3.8 | Python 3.13 |" in text
    assert "| 3.1 | - | 19 / **fails** |" in text
    assert "| 3.0 | not refused | 19 / 95 |" in text


def test_forced_pairs_are_told_without_the_paths_of_the_machine() -> None:
    text = format_tables(
        [
            result("1.0.2 3.10  forced", "ImportError: no 'MutableMapping' (/home/ada/python/__init__.py)"),
            result("3.1.3 3.8   forced", "cause: Because Python 3.8 is old and flask, we can conclude that"),
            result("0.10  3.12  forced", "it works", passed=False),
        ]
    )
    assert "| 1.0.2 | 3.10 | `ImportError: no 'MutableMapping'` |" in text
    assert "| 3.1.3 | 3.8 | `Python 3.8 is old and flask` |" in text
    assert "| 0.10 | 3.12 | it did not fail as recorded |" in text


@pytest.mark.parametrize(
    ("reason", "evidence"),
    [
        ("it imports `imp`, removed in 3.12", "imp"),
        ("it imports `collections.MutableMapping`, removed in 3.10", "MutableMapping"),
        ("its metadata requires Python 3.9", r"Python ?>= ?3\.9"),
    ],
)
def test_what_a_forced_failure_has_to_show_is_in_the_reason(reason: str, evidence: str) -> None:
    interpreter = Interpreter(Path("/python"), "3.13.0")
    assert Forced("1.0", load_series()[-1], interpreter, reason).evidence == evidence
