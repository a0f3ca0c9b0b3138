"""Why packages move, and what that fixes."""

from __future__ import annotations

import pytest

from flaskgen.effects.shipped.compatibility_data import load_advisories
from flaskgen.planning.packages.package_change import Advisory, explain_moves, older_note, older_than_tested
from flaskgen.planning.packages.pins import Pin

BOTH = Advisory("GHSA-1", "0", ("2.2.5", "2.3.2"), "a fault")
LATE = Advisory("GHSA-2", "3.1.0", ("3.1.1",), "another")


@pytest.mark.parametrize(
    ("advisory", "affected", "free"),
    [
        (BOTH, ("1.0", "2.2.4", "2.3.0", "2.3.1"), ("2.2.5", "2.2.6", "2.3.2", "3.0", "odd version")),
        (LATE, ("3.1.0",), ("3.0.3", "3.1.1", "3.2")),
    ],
)
def test_a_release_is_affected_until_the_fix_of_its_series(advisory, affected, free) -> None:
    assert all(map(advisory.affects, affected))
    assert not any(map(advisory.affects, free))


def test_each_advisory_has_a_fix_and_says_what_is_wrong() -> None:
    advisories = load_advisories()
    assert advisories.keys() == {"flask", "jinja2", "werkzeug"}
    for one in (one for rows in advisories.values() for one in rows):
        assert not one.affects(one.fixed[-1]), one
        assert one.affects(one.since if one.since != "0" else "0.1"), one


def test_a_move_has_its_reason_and_its_fixes() -> None:
    pins = [Pin("flask", "2.3.3"), Pin("requests", "3"), Pin("click", "9"), Pin("numpy", "2.1")]
    moves = explain_moves(
        pins,
        {"flask": Pin("flask", "2.2.4"), "requests": Pin("requests", "2")},
        tested={"flask": Pin("flask", "2.3.3"), "click": Pin("click", "8")},
        series="2.3",
        newest=True,
        compiled={"numpy": "2.0 has no wheel for Python 3.13"},
        advisories={"flask": [BOTH, LATE]},
    )
    assert [(move.before, move.after, move.reason) for move in moves] == [
        ("2.2.4", "2.3.3", "tested with Flask 2.3"),
        ("2", "3", "it has to fit the others"),
        (None, "9", "the newest that fits"),
        (None, "2.1", "2.0 has no wheel for Python 3.13"),
    ]
    assert [move.fixes for move in moves] == [(BOTH,), (), (), ()]


TESTED = [Pin("flask", "3.1.3"), Pin("click", "8.5"), Pin("rich", "14")]


def test_only_pins_of_what_the_project_requires_are_called_old() -> None:
    pins = [
        Pin("flask", "3.1.1", via=("pyproject.toml",)),
        Pin("click", "8.1", via=("flask",)),
        Pin("rich", "13", via=("pip install",)),
        Pin("other", "1", via=("pyproject.toml",)),
    ]
    assert older_than_tested(pins, TESTED) == {"flask": "3.1.3", "click": "8.5"}


@pytest.mark.parametrize(
    ("versions", "note"),
    [
        (("3.1.3", "8.5"), None),
        (
            ("3.1.1", "8.5"),
            "1 pin is older than the tested version (flask 3.1.3): `flaskgen upgrade` brings it",
        ),
        (
            ("3.1.1", "8.1"),
            "2 pins are older than the tested versions, such as flask 3.1.1 (3.1.3):"
            " `flaskgen upgrade` brings them",
        ),
    ],
)
def test_the_note_is_one_line_and_names_the_first(versions: tuple[str, str], note: str | None) -> None:
    flask, click = versions
    pins = [Pin("flask", flask, via=("pyproject.toml",)), Pin("click", click, via=("flask",))]
    assert older_note(pins, TESTED) == note
