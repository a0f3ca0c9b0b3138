"""Undo a change that wrote a revision of the tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flaskgen.commands.verbs.undo import Undone, undo
from flaskgen.errors import CannotWrite
from tests.effects.transaction.changes import add_mail, make, make_project

VERSIONS = "migrations/versions"
USER = "revision = 'bbb'\ndown_revision = 'aaa'\nbranch_labels = None\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = make_project(tmp_path / "shop")
    add_mail(project, {f"{VERSIONS}/bbb_add_user.py": USER}, title="add login")
    return project


def migrate(database: Path, revision: str | None) -> None:
    database.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(database)) as connection, connection:
        if revision:
            connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", [revision])


def refused(project: Path) -> CannotWrite:
    with pytest.raises(CannotWrite) as refusal:
        undo(project)
    assert (project / VERSIONS / "bbb_add_user.py").read_text() == USER
    return refusal.value


def undone(project: Path) -> Undone:
    done = undo(project)
    assert not list((project / VERSIONS).glob("*.py"))
    return done


def test_a_revision_that_a_database_has_is_not_removed(project: Path):
    migrate(project / "instance" / "shop.sqlite3", "bbb")
    refusal = refused(project)
    assert refusal.message == (
        "cannot undo `add login`: its revision bbb is applied to `instance/shop.sqlite3`"
    )
    assert refusal.hint is not None
    assert refusal.hint.startswith("run `flask db downgrade aaa` first")
    make(project / "manage.py")
    assert "`python manage.py db downgrade aaa`" in str(refused(project).hint)


def test_a_revision_that_merges_others_is_not_removed_either(tmp_path: Path):
    project = make_project(tmp_path / "shop")
    merge = "revision = 'ddd'\ndown_revision = ('bbb', 'ccc')\n"
    add_mail(project, {f"{VERSIONS}/ddd_add_user.py": merge}, title="add login")
    migrate(project / "instance" / "shop.sqlite3", "ddd")
    with pytest.raises(CannotWrite, match="its revision ddd is applied") as refusal:
        undo(project)
    assert "`flask db downgrade bbb` first" in str(refusal.value.hint)


def test_a_revision_that_no_database_has_is_removed(project: Path):
    migrate(project / "instance" / "shop.sqlite3", "aaa")
    make(project / "instance" / "notes.txt", "not a database")
    assert undone(project).next_steps == ()


@pytest.mark.parametrize("name", [None, "instance/empty.sqlite3"])
def test_without_a_database_to_look_at_the_next_step_is_for_one_elsewhere(project: Path, name: str | None):
    if name:
        migrate(project / name, None)
    (step,) = undone(project).next_steps
    assert step.startswith("flask db stamp --purge aaa  # only in a database that has revision bbb")


@pytest.mark.parametrize("down", ["'bbb'", "('bbb', 'ccc')"])
def test_a_revision_that_others_build_on_is_not_removed(project: Path, down: str):
    make(project / VERSIONS / "mine.py", f"revision = 'ddd'\ndown_revision = {down}\n")
    refusal = refused(project)
    assert refusal.message == "cannot undo `add login`: `mine.py` builds on its revision bbb"
    assert "`flask db downgrade bbb`" in str(refusal.hint)


def test_the_first_revision_goes_with_flask_migrate_and_the_tables_stay(tmp_path: Path):
    project = make_project(tmp_path / "shop")
    first = "revision = 'aaa'\ndown_revision = None\n"
    add_mail(project, {f"{VERSIONS}/aaa_first.py": first}, title="add migrate")
    migrate(project / "instance" / "shop.sqlite3", "aaa")
    (step,) = undone(project).next_steps
    assert step.startswith("flask db stamp --purge head  # if you add migrate again: `instance/shop.sqlite3`")
