"""The revisions that come with a project and with each change of its models."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.system.session import Session
from tests.e2e.new_defaults import assert_rows_get_the_defaults_of_new_columns
from tests.project_templates.served import Site
from tests.project_templates.test_docker import image_of

pytestmark = pytest.mark.e2e

Flaskgen = Callable[..., "subprocess.CompletedProcess[str]"]
# There Alembic is one that does not create the directory of revisions.
OLD_PYTHON = next(
    (one.minor for one in find_interpreters(Session()) if one.usual and one.minor in ("3.8", "3.9")), ""
)


def make_project(flaskgen: Flaskgen, folder: Path, *options: str) -> Site:
    done = flaskgen("new", "shop", *options, "--yes", "--no-git")
    assert done.returncode == 0, done.stderr
    assert "flask db upgrade  # create the tables" in done.stderr + done.stdout
    return Site(folder / "shop/.venv/bin/python", folder / "shop")


def revisions(site: Site) -> list[str]:
    return sorted(
        path.stem.partition("_")[2].split("_", 3)[-1]
        for path in (site.folder / "migrations" / "versions").glob("*.py")
    )


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(site.folder / "instance" / "shop.sqlite3")) as connection:
        return list(connection.execute(query))


def changed(flaskgen: Flaskgen, site: Site, *arguments: str) -> str:
    done = flaskgen(*arguments, cwd=site.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_image_of_a_full_project_creates_its_tables(flaskgen: Flaskgen, tmp_path: Path) -> None:
    site = make_project(flaskgen, tmp_path, "--preset", "full")
    assert revisions(site) == ["first_tables"]
    (tmp_path / "image").mkdir()
    image = image_of(site.folder, tmp_path / "image")
    for name in (".env", ".flaskenv"):  # the settings, which the image does not hold
        shutil.copy(site.folder / name, image)
    deployed = Site(site.python, image)
    deployed.run("db", "upgrade")
    deployed.run("db", "check")
    deployed.add_note("from the image")
    with deployed.serving() as browser:
        assert "from the image" in browser.get("/notes/")


def test_each_change_of_the_models_brings_a_revision_and_the_data_stays(
    flaskgen: Flaskgen, tmp_path: Path
) -> None:
    site = make_project(flaskgen, tmp_path, "--with", "migrate")
    site.run("db", "upgrade")
    site.add_note("kept")
    said = changed(flaskgen, site, "add", "login")
    assert "  create  migrations/versions/" in said
    assert "flask db upgrade  # change the tables" in said
    assert revisions(site) == ["add_user_and_user_session", "first_tables"]
    site.run("db", "upgrade")
    site.run("db", "check")
    assert rows(site, "SELECT text FROM note") == [("kept",)]
    assert rows(site, "SELECT count(*) FROM user") == [(0,)]

    refused = flaskgen("undo", cwd=site.folder)
    assert refused.returncode == 1
    assert "is applied to `instance/shop.sqlite3`" in refused.stderr
    site.run("db", "downgrade")
    changed(flaskgen, site, "undo")
    assert revisions(site) == ["first_tables"]

    changed(flaskgen, site, "add", "login")
    site.run("db", "upgrade")
    assert "the data in `user`, `user_session` is deleted" in changed(flaskgen, site, "remove", "login")
    assert revisions(site) == ["add_user_and_user_session", "first_tables", "remove_user_and_user_session"]
    site.run("db", "upgrade")
    site.run("db", "check")
    assert rows(site, "SELECT text FROM note") == [("kept",)]
    assert rows(site, "SELECT name FROM sqlite_master WHERE name = 'user'") == []


def test_a_database_that_is_older_than_the_first_revision_keeps_its_data(
    flaskgen: Flaskgen, tmp_path: Path
) -> None:
    done = flaskgen("new", "shop", "--with", "sqlalchemy", "--yes", "--no-git")
    assert done.returncode == 0, done.stderr
    site = Site(tmp_path / "shop/.venv/bin/python", tmp_path / "shop")
    site.run("init-db")
    site.add_note("old")
    field = ("generate", "field", "Note", "place:str:20:optional")
    said = changed(flaskgen, site, *field)
    assert "flaskgen undo  # instead, to keep the data; then `flaskgen add migrate`" in said
    changed(flaskgen, site, "undo")
    assert "flask init-db  # create the tables; if a database has" in changed(
        flaskgen, site, "add", "migrate,login"
    )
    assert revisions(site) == ["first_tables"]
    site.run("init-db")
    site.run("db", "check")
    changed(flaskgen, site, *field)
    site.run("db", "upgrade")
    site.run("db", "check")
    assert rows(site, "SELECT text, place FROM note") == [("old", None)]


def test_the_next_revision_merges_those_of_two_branches(flaskgen: Flaskgen, tmp_path: Path) -> None:
    site = make_project(flaskgen, tmp_path, "--with", "migrate")
    site.run("db", "revision", "-m", "mine")
    site.run("db", "revision", "-m", "theirs", "--head", "base", "--splice")
    (mine,) = (site.folder / "migrations/versions").glob("*mine.py")
    (theirs,) = (site.folder / "migrations/versions").glob("*theirs.py")
    below = re.search("^down_revision = .*", mine.read_text(), re.MULTILINE)
    assert below
    theirs.write_text(theirs.read_text().replace("down_revision = None", below[0]))
    changed(flaskgen, site, "generate", "field", "Note", "place:str:20:optional")
    site.run("db", "upgrade")
    site.run("db", "check")
    refused = flaskgen("undo", cwd=site.folder)
    down = re.search(r"`flask (db downgrade \w+)`", refused.stderr)
    assert down, refused.stderr
    site.run(*down[1].split())
    changed(flaskgen, site, "undo")


@pytest.mark.parametrize("option", ["--no-install", "--no-verify"])
def test_where_nothing_is_started_a_person_writes_the_revision(
    option: str, flaskgen: Flaskgen, tmp_path: Path
) -> None:
    done = flaskgen("new", "shop", "--with", "migrate", option, "--yes", "--no-git")
    assert done.returncode == 0, done.stderr
    assert 'flask db migrate -m "First tables"  # ' in done.stderr + done.stdout
    assert not list((tmp_path / "shop/migrations/versions").glob("*.py"))


def test_a_column_that_rows_need_a_value_for_is_left_to_a_person(flaskgen: Flaskgen, tmp_path: Path) -> None:
    site = make_project(flaskgen, tmp_path, "--with", "migrate")
    models = site.folder / "shop" / "notes" / "models.py"
    models.write_text(models.read_text() + "\n    rank: so.Mapped[int]\n")
    said = changed(flaskgen, site, "add", "login")
    assert "flaskgen could not write it: rows that exist need a value for `note.rank`" in said
    assert revisions(site) == ["first_tables"]


def test_rows_that_exist_get_the_defaults_of_new_columns(flaskgen: Flaskgen, tmp_path: Path) -> None:
    site = make_project(flaskgen, tmp_path, "--with", "migrate,wtf")
    assert_rows_get_the_defaults_of_new_columns(flaskgen, site)
    assert rows(site, "SELECT price, discount FROM post WHERE title = 'Tea'") == [(999, -125)]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            f"--flask 1.1 --python {OLD_PYTHON}",
            marks=pytest.mark.skipif(not OLD_PYTHON, reason="there is no Python 3.8 or 3.9"),
            id="1.1 on an old Python",
        ),
        *(pytest.param(f"--flask {line}", marks=pytest.mark.slow) for line in ("0.10", "0.12", "2.1", "2.3")),
    ],
)
def test_older_series_write_them_as_well(options: str, flaskgen: Flaskgen, tmp_path: Path) -> None:
    done = flaskgen("new", "shop", *options.split(), "--with", "migrate", "--yes", "--no-git", "--test")
    assert done.returncode == 0, done.stderr
    site = Site(tmp_path / "shop/.venv/bin/python", tmp_path / "shop")
    assert revisions(site) == ["first_tables"]
    site.run("db", "upgrade")
    site.add_note("kept")
    changed(flaskgen, site, "add", "login")
    assert revisions(site) == ["add_user_and_user_session", "first_tables"]
    site.run("db", "upgrade")
    assert rows(site, "SELECT text FROM note") == [("kept",)]
