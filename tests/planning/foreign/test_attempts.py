from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from flaskgen.effects.foreign.files import known_names
from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.attempts import Failure, Knowledge, Stage, next_candidate
from flaskgen.planning.foreign.candidate import Candidate, Kind, build_tools
from flaskgen.planning.foreign.requirements import Declared, Requirements

OLD = Interpreter(Path("python3.6"), "3.6.15")
NEW = Interpreter(Path("python3.8"), "3.8.18")


def _knowledge(*lines, imported=(), pythons=(NEW, OLD)):
    declared = tuple(Declared(Requirement(line), PurePosixPath("r.txt")) for line in lines)
    return Knowledge(
        Requirements(declared),
        frozenset(imported),
        known_names(),
        load_breaks(),
        ("Werkzeug<1",),
        pythons,
    )


def _next(knowledge, stage, text, *, tried=None, packages=(), installed=()):
    failure = Failure(
        stage, text, text.splitlines()[-1], {name: Version(one) for name, one in installed}, packages
    )
    return next_candidate(tried or [Candidate(NEW, "2019-01-01")], failure, knowledge)


def test_what_cannot_be_built_is_replaced_if_something_replaces_it():
    found = _next(_knowledge("psycopg2==2.7"), Stage.RESOLVE, "error: Failed to build `psycopg2==2.7`")
    assert (found.changes["psycopg2"].kind, found.changes["psycopg2"].line) == (
        Kind.REPLACED,
        "psycopg2-binary",
    )
    assert "psycopg2-binary" in found.exempt([])  # it was made later


def test_what_cannot_be_built_is_dropped_if_nothing_imports_it():
    found = _next(_knowledge("fancy==1.0", "flask"), Stage.INSTALL, "error: Failed to build `fancy==1.0`")
    assert found.changes["fancy"].kind is Kind.DROPPED
    assert found.requirements(_knowledge("fancy==1.0", "flask").requirements) == ("flask",)


def test_what_no_index_has_is_dropped_if_nothing_imports_it():
    lines = ("pkg-resources==0.0.0", "flask")
    text = (
        "Because pkg-resources was not found in the package registry and you require "
        "pkg-resources>=0.0.0,<1, we can conclude that your requirements are unsatisfiable."
    )
    found = _next(_knowledge(*lines), Stage.RESOLVE, text)
    assert found.changes["pkg-resources"].kind is Kind.DROPPED
    assert found.requirements(_knowledge(*lines).requirements) == ("flask",)
    kept = _next(_knowledge(*lines, imported=["pkg-resources"]), Stage.RESOLVE, text)
    assert kept.changes["pkg-resources"].kind is not Kind.DROPPED


def test_what_cannot_be_built_and_is_imported_is_loosened_at_first_within_its_major_version():
    knowledge = _knowledge("fancy==1.2", imported=["fancy"])
    text = "error: Failed to build `fancy==1.2`"
    first = _next(knowledge, Stage.INSTALL, text)
    assert first.changes["fancy"].line == "fancy>=1.2,<2"
    second = _next(knowledge, Stage.INSTALL, text, tried=[Candidate(NEW, "2019-01-01"), first])
    assert second.changes["fancy"].line == "fancy>=1.2"


def test_what_nobody_declares_and_cannot_be_built_is_taken_in_a_later_release():
    found = _next(_knowledge("flask"), Stage.RESOLVE, "error: Failed to build `markupsafe==0.23`")
    assert found.changes["markupsafe"].line == "markupsafe>=0.23"
    assert "markupsafe" in found.exempt([])


def test_a_url_that_cannot_be_installed_is_replaced_by_a_release():
    knowledge = _knowledge("flask-x @ git+https://github.com/x/flask-x")
    found = _next(knowledge, Stage.RESOLVE, "error: Git operation failed: git+https://github.com/x/flask-x")
    assert (found.changes["flask-x"].kind, found.changes["flask-x"].line) == (Kind.REPLACED, "flask-x")


@pytest.mark.parametrize(
    ("needs", "line"), [("werkzeug>=0.15", "Werkzeug>=0.15,<1"), ("werkzeug<0.10", "Werkzeug<0.10")]
)
def test_a_pin_that_another_one_excludes_is_bounded_as_that_says(needs, line):
    text = f"Because flask-x==1.0 depends on {needs} and you require werkzeug==0.12, no solution"
    found = _next(_knowledge("Flask-X==1.0", "Werkzeug==0.12", "rq==1.0"), Stage.RESOLVE, text)
    assert {name: (change.line, change.reason) for name, change in found.changes.items()} == {
        "werkzeug": (line, f"flask-x==1.0 needs {needs}")
    }


def test_pins_that_contradict_each_other_are_loosened_and_the_others_are_kept():
    text = "Because flask-x==1.0 and werkzeug==0.12 are incompatible and you require both, no solution"
    found = _next(_knowledge("Flask-X==1.0", "Werkzeug==0.12", "rq==1.0"), Stage.RESOLVE, text)
    assert {name: change.line for name, change in found.changes.items()} == {
        "flask-x": "Flask-X>=1.0,<2",
        "werkzeug": "Werkzeug>=0.12,<1",
    }


def test_a_break_that_is_known_is_bounded():
    found = _next(
        _knowledge("flask==2.2.2"),
        Stage.START,
        "ImportError: cannot import name 'url_quote' from 'werkzeug.urls'",
        installed=[("flask", "2.2.2"), ("werkzeug", "3.0.1")],
    )
    assert found.changes["werkzeug"].line == "Werkzeug<3"


def test_a_module_that_nothing_requires_is_added_as_of_the_time():
    found = _next(_knowledge("flask"), Stage.START, "ModuleNotFoundError: No module named 'flask_login'")
    assert found.changes["flask-login"].line == "flask-login"
    assert "flask-login" not in found.exempt([])


def test_only_the_pins_whose_code_failed_are_loosened():
    found = _next(_knowledge("a==1.0", "b==2.0"), Stage.START, "TypeError: x", packages=("b", "other"))
    assert list(found.changes) == ["b"]


def test_when_nothing_is_named_all_pins_are_loosened_within_the_bounds_of_flask():
    found = _next(_knowledge("flask==0.12.2", "rq"), Stage.START, "KeyError: 'x'")
    assert (found.until, found.constraints, found.loosened) == ("", ("Werkzeug<1",), True)
    assert {name: change.line for name, change in found.changes.items()} == {"flask": "flask>=0.12.2,<1"}


def test_an_error_of_a_newer_python_leads_to_an_older_one_first():
    text = "AttributeError: module 'collections' has no attribute 'Mapping'"
    assert _next(_knowledge("flask==0.12.2"), Stage.START, text).python == OLD


def test_an_older_python_is_tried_with_the_pins_as_they_were():
    knowledge = _knowledge("flask==0.12.2", "psycopg2==2.7")
    first = Candidate(NEW, "2019-01-01")
    replaced = _next(knowledge, Stage.INSTALL, "error: Failed to build `psycopg2==2.7`", tried=[first])
    loosened = _next(knowledge, Stage.START, "KeyError: 'x'", tried=[first, replaced])
    older = _next(knowledge, Stage.START, "KeyError: 'x'", tried=[first, replaced, loosened])
    assert (older.python, older.until, list(older.changes)) == (OLD, "2019-01-01", ["psycopg2"])
    assert older.loosened is False


def test_nothing_is_tried_twice_and_then_nothing_is_left():
    knowledge = _knowledge("flask==0.12.2")
    tried = [Candidate(NEW, "2019-01-01")]
    while found := _next(knowledge, Stage.START, "KeyError: 'x'", tried=tried):
        assert found not in tried
        tried.append(found)
    assert len(tried) == 4


def test_an_index_without_dates_is_taken_whole():
    text = "hint: `flask` was filtered by `exclude-newer`... missing an upload date"
    assert _next(_knowledge("flask"), Stage.RESOLVE, text).until == ""


def test_old_packages_are_built_with_old_tools_where_these_run():
    assert "setuptools<46" in build_tools(NEW, "2019-01-01")
    assert "setuptools<58" in build_tools(NEW, "2021-01-01")
    assert "setuptools<58" in build_tools(Interpreter(Path("python"), "3.10.1"), "2019-01-01")
    assert build_tools(NEW, "2023-01-01") == ()
    assert build_tools(Interpreter(Path("python"), "3.12.1"), "2019-01-01") == ()


def test_old_tools_are_given_up_if_a_package_is_built_with_newer_ones():
    text = (
        "error: Failed to build `fancy==1.0`\n"
        "  cause: Failed to resolve requirements from `build-system.requires`\n"
        "  cause: Because you require setuptools>=61 and setuptools<58, we can conclude that your "
        "requirements are unsatisfiable."
    )
    old = Candidate(NEW, "2019-01-01", build=build_tools(NEW, "2019-01-01"))
    found = _next(_knowledge("fancy==1.0"), Stage.INSTALL, text, tried=[old])
    assert (found.build, found.changes) == ((), {})


def test_pins_that_belong_to_a_loosened_one_are_loosened_with_it():
    knowledge = _knowledge("celery==4.1.0", "kombu==4.1.0", "flask==1.0.2")
    found = _next(knowledge, Stage.START, "ImportError: x", packages=["kombu"])
    assert {name: change.line for name, change in found.changes.items()} == {
        "kombu": "kombu>=4.1.0,<5",
        "celery": "celery>=4.1.0,<5",
    }
    assert found.changes["celery"].reason == "it moves together with kombu"


@pytest.mark.parametrize("user", ["${TOKEN}", "ada:s3cret"])
def test_a_url_with_a_password_is_known_without_it(user):
    knowledge = _knowledge(f"flask-x @ git+https://{user}@example.org/flask-x")
    text = "error: Failed to download and build `flask-x @ git+https://****@example.org/flask-x`"
    change = _next(knowledge, Stage.RESOLVE, text).changes["flask-x"]
    assert (change.kind, change.reason) == (
        Kind.REPLACED,
        "git+https://****@example.org/flask-x cannot be installed",
    )


def test_a_constraint_that_an_error_names_is_loosened():
    pin = Declared(Requirement("markupsafe==1.0"), PurePosixPath("limits.txt"))
    knowledge = _knowledge("flask")
    knowledge = knowledge._replace(requirements=knowledge.requirements._replace(constraints=(pin,)))
    found = _next(knowledge, Stage.RESOLVE, "Because you require markupsafe==1.0, no versions of jinja2 fit")
    assert found.changes["markupsafe"].line == "markupsafe>=1.0,<2"
    assert found.within([pin]) == []


def test_constraints_are_kept_until_all_is_loosened():
    lines = ("markupsafe==1.0", "jinja2<3")
    limits = [Declared(Requirement(line), PurePosixPath("limits.txt")) for line in lines]
    assert Candidate(NEW, "").within(limits) == ["markupsafe==1.0", "jinja2<3"]
    assert Candidate(NEW, "", loosened=True).within(limits) == ["markupsafe>=1.0,<2", "jinja2<3"]


def test_what_is_only_there_in_a_newer_release_is_taken_from_any_day():
    text = (
        "Because there are no versions of atomicwrites and pytest==4.6.2 depends on atomicwrites>=1.0, "
        "we can conclude that your requirements are unsatisfiable.\n"
        "hint: `atomicwrites` was filtered by `exclude-newer` to only include packages uploaded before 2019"
    )
    found = _next(_knowledge("pytest==4.6.2"), Stage.RESOLVE, text)
    assert (found.changes, found.exempt([])) == ({}, {"atomicwrites"})
