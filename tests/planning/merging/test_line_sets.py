"""Files as sets of lines: requirements, .gitignore, and settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaskgen.planning.merging.line_sets import join_lines, merge_requirements

BASE = ["# What the application needs.", "Flask==3.1.3", "python-dotenv>=1,<2"]
MAIL = "Flask-Mail>=0.10,<0.11"


def test_a_requirement_goes_behind_the_last_that_sorts_before_it():
    ours = ["# mine", "flask == 3.1.3", "", "python-dotenv>=1,<2", "requests  # mine"]
    lines, notes = merge_requirements(BASE, ours, [*BASE, MAIL])
    assert lines == ["# mine", "flask == 3.1.3", MAIL, "", "python-dotenv>=1,<2", "requests  # mine"]
    assert notes == ()
    assert merge_requirements([*BASE, MAIL], lines, BASE) == (ours, ())


@pytest.mark.parametrize(
    "mine", ["flask_mail>=0.9", "Flask-Mail==0.10.0  # tested", "FLASK.MAIL @ https://x/y.whl"]
)
def test_a_requirement_of_the_users_for_the_same_distribution_stays_alone(mine):
    ours = [*BASE, mine]
    lines, notes = merge_requirements(BASE, ours, [*BASE, MAIL])
    assert lines == ours
    assert notes == (f"keeps your `{mine.partition('  #')[0]}`; the change asks for `{MAIL}`",)


def test_the_same_requirement_is_not_written_twice():
    ours = [*BASE, "flask-mail >=0.10, <0.11  # mine"]
    assert merge_requirements(BASE, ours, [*BASE, MAIL]) == (ours, ())


def test_what_the_user_changed_stays_when_the_extension_goes():
    ours = [*BASE, "Flask-Mail==0.10.0"]
    lines, notes = merge_requirements([*BASE, MAIL], ours, BASE)
    assert lines == ours
    assert notes == ("keeps `Flask-Mail==0.10.0`, because you changed it",)


def test_a_changed_bound_follows_unless_the_user_changed_it():
    wider = "Flask-Mail>=0.10,<0.12"
    assert merge_requirements([*BASE, MAIL], [MAIL, *BASE], [*BASE, wider]) == ([wider, *BASE], ())
    lines, notes = merge_requirements([*BASE, MAIL], [*BASE, "Flask-Mail==0.10"], [*BASE, wider])
    assert lines == [*BASE, "Flask-Mail==0.10"]
    assert notes


def test_a_remark_of_the_users_stays_with_its_requirement():
    wider = "Flask-Mail>=0.10,<0.12"
    assert merge_requirements([MAIL], [f"{MAIL}  # tested"], [wider]) == ([f"{wider}  # tested"], ())


def test_a_remark_that_goes_with_its_requirement_is_told():
    lines, notes = merge_requirements([*BASE, MAIL], [*BASE, f"{MAIL}  # tested"], BASE)
    assert lines == BASE
    assert notes == (f"`{MAIL}  # tested` was removed, and your comment with it",)


def test_what_the_user_took_out_stays_out():
    assert merge_requirements([*BASE, MAIL], BASE, [*BASE, "Flask-Mail>=0.10,<0.12"]) == (BASE, ())


names = st.lists(st.sampled_from(["a>1", "b", "c==2", "d<3", "e"]), unique=True)


@given(names, names, names)
def test_the_users_own_lines_are_always_there(base, ours, theirs):
    lines, _ = merge_requirements(base, ours, theirs)
    assert set(ours) - set(base) <= set(lines)
    assert set(theirs) - set(base) <= set(lines)
    assert len(lines) == len(set(lines))


IGNORED = ["# Python", "__pycache__/", "*.pyc", "", "# Secrets", "/.env"]


@pytest.mark.parametrize(
    ("ours", "joined"),
    [
        ([], IGNORED),
        ([""], ["", *IGNORED]),
        (["x"], ["x", "", *IGNORED]),
        (["x", "/.env"], ["x", "/.env", "", "# Python", "__pycache__/", "*.pyc"]),
        (["*.pyc", "!/.env"], ["*.pyc", "!/.env", "", "# Python", "__pycache__/"]),
        (IGNORED, IGNORED),
    ],
)
def test_lines_of_a_new_gitignore_stand_below_the_users_without_those_that_are_there(ours, joined):
    assert join_lines(".gitignore", ours, IGNORED) == joined
    assert join_lines(".gitignore", joined, IGNORED) == joined


SETTINGS = ["# Signs sessions.", "SECRET_KEY=", "# Old keys.", "# OLD_KEYS=", "", "# Proxies.", "# HOPS=1"]


@pytest.mark.parametrize(
    ("ours", "joined"),
    [
        (["SECRET_KEY=mine"], ["SECRET_KEY=mine", "", "# Old keys.", "# OLD_KEYS=", "", *SETTINGS[5:]]),
        (["#HOPS=2"], ["#HOPS=2", "", *SETTINGS[:4]]),
        (SETTINGS, SETTINGS),
    ],
)
def test_a_setting_that_the_user_has_is_not_set_again(ours, joined):
    assert join_lines(".env.example", ours, SETTINGS) == joined


def test_settings_that_everyone_shares_conflict_if_both_set_one():
    theirs = ["FLASK_APP=shop", "FLASK_DEBUG=1"]
    assert join_lines(".flaskenv", ["FLASK_APP=mine"], theirs) is None
    assert join_lines(".flaskenv", ["FLASK_APP=shop", "A=1"], theirs) == [
        "FLASK_APP=shop",
        "A=1",
        "",
        "FLASK_DEBUG=1",
    ]
