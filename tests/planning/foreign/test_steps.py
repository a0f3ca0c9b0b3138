from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from packaging.version import Version

from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.candidate import Change, Kind
from flaskgen.planning.foreign.era import Release
from flaskgen.planning.foreign.requirements import Requirements
from flaskgen.planning.foreign.rescued import Rescued, format_rescued, read_rescued
from flaskgen.planning.foreign.steps import (
    affecting,
    bounds_after,
    bounds_for,
    differences,
    failed_tests,
    first_candidate,
    moved_pins,
    pythons_for,
    releases_between,
    rewrite_all,
    stable_answers,
    todo,
    uses_in,
    with_wheels,
)
from flaskgen.planning.packages.pins import Pin

SERIES = {series.name: series for series in load_series()}
ROWS = {row.id: row for row in load_breaks().rows}
PYTHON = Interpreter(Path("python3.8"), "3.8.18")
NEWER = Interpreter(Path("python3.9"), "3.9.18")
APP = PurePosixPath("app.py")


def pins(*lines: str) -> tuple[Pin, ...]:
    return tuple(Pin(line.partition("==")[0], line.partition("==")[2]) for line in lines)


def release(version: str) -> FlaskRelease:
    return choose_release(version, load_series())


def test_a_step_is_the_tested_release_of_each_series_and_the_last_is_the_goal():
    between = releases_between("1.0.2", release("2.1.0"), load_series())
    assert [one.version for one in between] == ["1.1.4", "2.0.3", "2.1.0"]
    assert [one.version for one in releases_between("3.1.0", release("3.1"), load_series())] == ["3.1.3"]
    assert releases_between("3.1.3", release("3.1"), load_series()) == ()
    assert releases_between("3.0.0", release("2.1"), load_series()) == ()


def test_the_python_stays_until_a_series_needs_a_newer_one():
    assert pythons_for(SERIES["3.0"], PYTHON, [NEWER])[0] == PYTHON
    assert pythons_for(SERIES["3.1"], PYTHON, [NEWER]) == (NEWER,)
    assert pythons_for(SERIES["3.1"], PYTHON, []) == ()


def test_a_step_keeps_versions_where_it_can():
    before = Rescued(
        "3.8", ("wheel<1",), ("Celery[redis]", "Flask"), pins("celery==5.0", "flask==1.1", "vine==5")
    )
    candidate = first_candidate(FlaskRelease("2.0.3", SERIES["2.0"]), PYTHON, before, (), load_breaks())
    assert candidate.requirements(Requirements()) == ("Celery[redis]>=5.0", "Flask==2.0.3")
    assert [pin.line for pin in candidate.preferences] == ["celery==5.0", "vine==5"]
    assert "Werkzeug<2.1" in candidate.constraints
    assert candidate.build == ("wheel<1",)


@pytest.mark.parametrize(
    ("bound", "kept"),
    [
        ("python-socketio>2.1.2,<3", ["gevent", "python-socketio"]),
        ("python-socketio<3", ["flask-socketio", "gevent", "python-engineio", "python-socketio"]),
        ("gevent>1", ["flask-socketio", "gevent", "python-engineio", "python-socketio"]),
    ],
)
def test_what_belongs_to_a_package_that_has_to_move_may_move_with_it(bound: str, kept: list[str]):
    installed = pins("flask-socketio==3.0", "gevent==1", "python-engineio==2.3", "python-socketio==2.1.2")
    before = Rescued("3.8", (), ("Flask-SocketIO",), installed)
    step = FlaskRelease("2.2.5", SERIES["2.2"])
    candidate = first_candidate(step, PYTHON, before, (Change(Kind.BOUNDED, bound, ""),), load_breaks())
    assert sorted(pin.name for pin in candidate.preferences) == kept


def test_what_breaks_is_bounded_by_newer_releases_before_older_ones():
    row = ROWS["flask-login-werkzeug-2.1"]
    assert [bound.line for bound in bounds_for([row], (), ())] == ["Flask-Login>=0.6.3"]
    refused = ["Flask-Login>=0.6.3"]
    assert [bound.line for bound in bounds_for([row], (), (), refused)] == ["Werkzeug<2.1"]
    flask_only = ROWS["flask-markup"]
    assert list(bounds_for((), [flask_only], ())) == []
    assert [bound.line for bound in bounds_for((), [ROWS["wtforms-3"]], ())] == ["WTForms<3"]
    assert list(bounds_for((), [ROWS["wtforms-3"]], [Change(Kind.BOUNDED, "WTForms<3", "")])) == []


def test_a_failure_is_answered_with_the_next_release_of_what_took_part():
    failure = Failure(Stage.START, "ImportError: x", "ImportError: x", packages=("werkzeug", "flask-login"))
    installed = pins("flask==2.2.5", "flask-login==0.5.0", "werkzeug==2.2.3")
    found = [bound.line for bound in bounds_after(failure, load_breaks(), SERIES["2.2"], installed)]
    assert found == ["flask-login>0.5.0,<1", "Flask-Login>=0.6.3,<0.7", "flask-login>0.5.0"]


def test_what_would_be_compiled_moves_as_little_as_it_can():
    lost = [Release("greenlet", "0.4.15", "2018-08-17", ())]
    refused: list[str] = []
    for line in ("greenlet>0.4.15,<0.5", "greenlet>0.4.15,<1"):
        (bound,) = with_wheels(lost, PYTHON, refused)
        assert bound.line == line
        assert bound.reason == "greenlet 0.4.15 has no wheel for Python 3.8"
        refused.append(line)
    assert not list(with_wheels(lost, PYTHON, refused))
    before = Rescued("3.7", (), ("greenlet",), pins("greenlet==0.4.15"))
    step = FlaskRelease("2.3.3", SERIES["2.3"])
    assert first_candidate(step, PYTHON, before, [bound], load_breaks()).wheels == {"greenlet"}


def test_code_is_rewritten_for_what_breaks_with_the_versions():
    texts = {APP: "from flask import Markup\n", PurePosixPath("other.py"): "x = 1\n"}
    rows = affecting(load_breaks(), pins("flask==3.0.3"), "3.11")
    assert rewrite_all(texts, rows) == {APP: "from markupsafe import Markup\n"}
    assert rewrite_all(texts, affecting(load_breaks(), pins("flask==2.3.3"), "3.11")) == {}


def test_what_moved_twice_is_moved_twice():
    rows = [ROWS["werkzeug-top-level"], ROWS["werkzeug-wrappers"]]
    changed = rewrite_all({APP: "from werkzeug import BaseResponse\n"}, rows)
    assert changed == {APP: "from werkzeug.wrappers import Response\n"}


def test_pages_are_rewritten_as_well():
    page, rows = PurePosixPath("base.html"), [ROWS["is-authenticated"]]
    pages = {page: "{% if current_user.is_authenticated() %}"}
    assert uses_in(pages, rows)[0][1].place == "base.html:1"
    assert rewrite_all(pages, rows) == {page: "{% if current_user.is_authenticated %}"}


def test_only_what_two_starts_agree_on_is_compared():
    one = {"/": ["200 text/html", "a"], "/now": ["200 text/html", "b"], "/new": ["500 x", ""]}
    other = {"/": ["200 text/html", "a"], "/now": ["200 text/html", "c"], "/new": ["200 text/html", ""]}
    before = stable_answers(one, other)
    assert before == {"/": ("200 text/html", "a"), "/now": ("200 text/html", "")}
    assert differences(before, {"/": ["200 text/html", "a"], "/now": ["200 text/html", "d"]}) == []
    assert differences(before, {"/": ["200 text/html", "x"]}) == [
        "/ says something else than before",
        "/now answered 200 text/html, and now nothing: the route is gone",
    ]


def test_moved_pins_have_their_reason():
    moved = moved_pins(pins("a==1", "b==1", "pip==1"), pins("a==2", "c==1"), {"a": "why"})
    assert [str(one) for one in moved] == ["a 1 -> 2: why", "b 1 -> removed", "c added -> 1"]


def test_a_person_is_told_first_what_explains_the_failure():
    failure = Failure(Stage.START, "ImportError: cannot import name 'Markup' from 'flask'", "x")
    used = uses_in({APP: "from flask import Markup\nfrom flask.json import JSONEncoder\n"}, [*ROWS.values()])
    lines = todo(failure, used, load_breaks(), "3.0.3")
    assert lines[0].startswith("app.py:1: Flask 3.0 removed `flask.Markup`")
    assert any("JSONEncoder" in line for line in lines[1:])
    assert not any("Flask-WTF" in line for line in lines)  # which is not installed


def test_a_person_is_told_what_to_write_and_not_the_older_versions_that_did_not_help():
    error = "RuntimeError: Working outside of application context."
    installed = {"flask-sqlalchemy": Version("3.1.1")}
    (line,) = todo(Failure(Stage.TEST, error, "its tests fail", installed), [], load_breaks(), "3.0.3")
    assert line.startswith("Since Flask-SQLAlchemy 3.0, `db.create_all()`")
    assert "with app.app_context()" in line
    assert "pin " not in line


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        ("FAIL: test_a (Test)\nAssertionError: 1 != 2\n", ["AssertionError: 1 != 2", "FAIL: test_a (Test)"]),
        ("E   KeyError: 'x'\nFAILED test_a.py::test_b\n", ["KeyError: 'x'", "FAILED test_a.py::test_b"]),
        ("FAILED (errors=2)\nRan 3 tests\n", []),
    ],
)
def test_the_errors_of_tests_are_named(output: str, lines: list[str]):
    assert failed_tests(output) == lines


def test_what_a_rescue_wrote_is_read_again():
    rescued = Rescued(
        "3.8", ("cython<3",), ("Celery[redis]", "flask"), pins("celery==5.0", "flask==1.1", "vine==5")
    )
    text = format_rescued(rescued, made_by="rescue` from setup.py", notes={"flask": ["# flask loosened: x"]})
    assert "Celery[redis]==5.0\n# flask loosened: x\nflask==1.1\n# Brought by these:\nvine==5\n" in text
    assert read_rescued(text) == rescued
