"""Blueprints, commands and pages are generated and removed, and the user's edits stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen import commands
from flaskgen.effects.project.opening import open_project
from flaskgen.errors import InvalidName, NameClash, UsageError
from tests.commands.projects import FILES_ONLY, files_of, read_project, write_project


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["sqlalchemy", "wtf"]))


def generate(project: Path, kind: str, name: str, blueprint: str | None = None) -> None:
    commands.generate_part(project, kind, name, blueprint=blueprint, settings=FILES_ONLY)


def remove(project: Path, *names: str) -> None:
    commands.remove(project, names, settings=FILES_ONLY)


@pytest.mark.parametrize("kind", ["blueprint", "command", "page"])
def test_a_part_is_recorded_and_removed_or_undone(shop: Path, kind: str) -> None:
    before = read_project(shop)
    generate(shop, kind, "about-us")
    assert [one.identifier for one in open_project(shop).spec.generated] == ["about_us"]
    made = read_project(shop)
    remove(shop, "about-us")
    assert read_project(shop) == before
    generate(shop, kind, "about_us")
    assert read_project(shop) == made
    commands.undo(shop, settings=FILES_ONLY)
    assert read_project(shop) == before


def test_the_order_of_what_is_generated_does_not_matter(tmp_path: Path) -> None:
    steps: dict[str, Callable[[Path], object]] = {
        "blueprint": lambda project: generate(project, "blueprint", "blog"),
        "archive": lambda project: generate(project, "page", "archive", "blog"),
        "about": lambda project: generate(project, "page", "about"),
        "command": lambda project: generate(project, "command", "send-digest"),
        "resource": lambda project: commands.generate(project, "Post", ["title"], settings=FILES_ONLY),
        "production": lambda project: commands.add(project, ["production"], settings=FILES_ONLY),
    }
    # Of each two steps, either one is done first in some order: only a page needs its blueprint.
    orders = (
        "blueprint archive about command resource production",
        "production resource command about blueprint archive",
        "about production blueprint resource archive command",
    )
    ends = []
    for order in orders:
        project = write_project(tmp_path / order / "shop", files_of([]))
        for name in order.split():
            steps[name](project)
        ends.append(read_project(project))
    assert ends[0] == ends[1] == ends[2]


def test_a_page_merges_into_an_edited_blueprint(shop: Path) -> None:
    generate(shop, "blueprint", "blog")
    module = shop / "shop" / "blog.py"
    module.write_text(module.read_text().replace('"""Show the first of the pages."""', '"""The latest."""'))
    edited = module.read_text()
    generate(shop, "page", "archive", "blog")
    assert "def archive() -> str:" in module.read_text()
    assert '"""The latest."""' in module.read_text()
    remove(shop, "archive")
    assert module.read_text() == edited


def test_a_blueprint_goes_with_its_pages(shop: Path) -> None:
    before = read_project(shop)
    generate(shop, "blueprint", "blog")
    generate(shop, "page", "archive", "blog")
    generate(shop, "page", "latest", "blog")
    with pytest.raises(UsageError, match="the blueprint blog has the page archive") as raised:
        remove(shop, "blog")
    assert raised.value.hint == "remove all: flaskgen remove blog,blog.archive,blog.latest"
    remove(shop, "blog,blog.archive,blog.latest")
    assert read_project(shop) == before


def test_what_may_be_meant_in_two_ways_is_said_in_full(shop: Path) -> None:
    generate(shop, "blueprint", "blog")
    generate(shop, "page", "about")
    generate(shop, "page", "about", "blog")
    with pytest.raises(UsageError, match="`about` may be the page about of") as raised:
        remove(shop, "about")
    assert raised.value.hint == "say which: flaskgen remove blog.about"
    remove(shop, "blog.about")
    assert [one.name for one in open_project(shop).spec.generated] == ["blog", "about"]


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("blueprint", "main", "already has the module `main`"),
        ("blueprint", "notes", "already has the module `notes`"),
        ("blueprint", "mailer", "an extension has the module `mailer`"),
        ("command", "db", "an extension has the command `db`"),
        ("blueprint", "static", "already has the module `static`"),
        ("blueprint", "class", "Python keyword"),
        ("blueprint", "print", "built-in function of Python"),
        ("page", "l", "reads as a digit"),
        ("blueprint", "app", "something of that name"),
        ("command", "init-db", "already has the command `init-db`"),
        ("command", "run", "something of that name"),
        ("command", "notes", "already has the module `notes`"),
        ("command", "Send", "lower-case letters"),
        ("command", "a" * 23, "at most 22"),
        ("page", "index", "something of that name"),
        ("page", "notes", "already has the page `GET /notes`"),
        ("page", "lambda", "Python keyword"),
        ("page", "1st", "lower-case letters"),
        ("route", "about", "cannot be generated"),
    ],
)
def test_a_name_that_is_taken_is_refused_with_another(shop: Path, kind: str, name: str, said: str) -> None:
    before = read_project(shop)
    with pytest.raises(InvalidName) as raised:
        generate(shop, kind, name)
    assert said in raised.value.message
    assert raised.value.hint
    assert read_project(shop) == before


def test_a_page_needs_a_blueprint_that_is_there(shop: Path) -> None:
    with pytest.raises(InvalidName, match="there is no blueprint `blog`"):
        generate(shop, "page", "archive", "blog")


def test_a_name_of_the_users_own_code_is_refused(shop: Path) -> None:
    main = shop / "shop" / "main.py"
    main.write_text(
        main.read_text() + '\n\n@bp.route("/about")\ndef about() -> str:\n    """Show who we are."""\n'
    )
    with pytest.raises(NameClash):
        generate(shop, "page", "about")


def test_the_same_again_is_refused(shop: Path) -> None:
    generate(shop, "page", "about")
    with pytest.raises(InvalidName, match=r"already has the endpoint `main.about`"):
        generate(shop, "page", "about")


def test_every_extension_can_be_added_to_what_was_generated(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of([]))
    generate(project, "page", "auth-pages")
    generate(project, "blueprint", "sessions")
    commands.add(project, ["all"], settings=FILES_ONLY)
    tests = {path.name for path in (project / "tests").iterdir()}
    assert {"test_sessions.py", "test_sessions_blueprint.py", "test_main_auth_pages_page.py"} <= tests


@pytest.mark.parametrize(
    ("kind", "name", "extension", "said"),
    [
        ("page", "contact", "wtf", "`GET /contact` is already a page of yours"),
        ("page", "scores", "redis", "`GET /scores` is already a page of yours"),
        ("command", "create-user", "login,sqlalchemy", "`create-user` is already a command of yours"),
    ],
)
def test_an_extension_that_brings_the_same_name_is_refused(
    tmp_path: Path, kind: str, name: str, extension: str, said: str
) -> None:
    project = write_project(tmp_path / "shop", files_of([]))
    generate(project, kind, name)
    before = read_project(project)
    with pytest.raises(NameClash) as raised:
        commands.add(project, [extension], settings=FILES_ONLY)
    assert raised.value.message.startswith(said)
    assert read_project(project) == before
