"""An extension brings its example when it joins a project; a person can change it, and remove it for good."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from flaskgen import commands
from flaskgen.effects.project.opening import open_project
from flaskgen.errors import NameClash, UsageError
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from flaskgen.planning.project.record import pack_base, unpack_base
from flaskgen.planning.templates.tree import encode
from tests.commands.projects import FILES_ONLY, files_of, read_project, write_project

VIEWS, EARLIER = PurePosixPath("shop/notes/views.py"), PurePosixPath("shop/notes.py")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["sqlalchemy", "wtf"]))


def resources(project: Path) -> list[str]:
    return [one.name for one in open_project(project).spec.resources]


def test_it_is_the_same_in_whatever_order_extensions_come(tmp_path: Path) -> None:
    names = ("sqlalchemy", "wtf", "smorest")
    new = files_of(names)
    assert VIEWS in new
    for number, order in enumerate([names, names[::-1], ("wtf", "smorest", "sqlalchemy")]):
        project = write_project(tmp_path / str(number) / "shop", files_of(["production"]))
        for name in order:
            commands.add(project, [name], settings=FILES_ONLY)
        assert read_project(project) == new, order
        commands.remove(project, list(names), settings=FILES_ONLY)
        assert read_project(project) == files_of(["production"])


def test_what_generates_a_resource_brings_it_with_the_extension(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of([]))
    commands.generate(project, "Post", ["title"], settings=FILES_ONLY)
    assert resources(project) == ["Note", "Post"]
    commands.undo(project, settings=FILES_ONLY)
    assert read_project(project) == files_of([])
    commands.generate(project, "Note", ["title"], settings=FILES_ONLY)
    assert [str(field) for field in open_project(project).spec.resources[0].fields] == ["title:str(255)"]


def test_it_is_removed_for_good(shop: Path) -> None:
    commands.remove(shop, ["note"], settings=FILES_ONLY)
    commands.add(shop, ["mail"], settings=FILES_ONLY)
    commands.update(shop, settings=FILES_ONLY)
    assert resources(shop) == []
    assert not (shop / "shop" / "notes").exists()
    assert [text for path, text in read_project(shop).items() if b"notes" in text and path != BASE_PATH] == []
    commands.remove(shop, ["sqlalchemy"], settings=FILES_ONLY)
    commands.add(shop, ["sqlalchemy"], settings=FILES_ONLY)
    assert resources(shop) == ["Note"]


def test_its_extension_takes_it_along_unless_it_was_changed(shop: Path) -> None:
    commands.generate_fields(shop, "Note", ["rating:int?"], settings=FILES_ONLY)
    with pytest.raises(UsageError, match="the resource note requires sqlalchemy"):
        commands.remove(shop, ["sqlalchemy"], settings=FILES_ONLY)
    commands.generate_fields(shop, "Note", remove=["rating"], settings=FILES_ONLY)
    commands.remove(shop, ["sqlalchemy"], settings=FILES_ONLY)
    assert read_project(shop) == files_of(["wtf"])


def test_it_is_skipped_where_a_name_of_it_is_taken(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of([]) | {EARLIER: b"MINE = 1\n"})
    done = commands.add(project, ["sqlalchemy"], settings=FILES_ONLY)
    assert done.plan.notes[-1] == "the example Note is skipped: your code has its name"
    assert resources(project) == []
    other = write_project(tmp_path / "other", files_of([]))
    commands.generate_part(other, "blueprint", "notes", settings=FILES_ONLY)
    commands.add(other, ["sqlalchemy"], settings=FILES_ONLY)
    assert resources(other) == []


def earlier() -> dict[PurePosixPath, bytes]:
    """Return a project from when the example was a module, of which the record said nothing."""
    today = files_of(["sqlalchemy"])
    record, example, _ = today[RECORD_PATH].decode().partition("\n[[resources]]")
    assert example
    pristine = {
        path: encode(text)
        for path, text in unpack_base(today[BASE_PATH]).items()
        if "notes" not in path.parts and "test_notes" not in path.name
    } | {EARLIER: b"from flask import Blueprint\n"}
    return {
        **pristine,
        BASE_PATH: pack_base(pristine),
        RECORD_PATH: record.replace("schema = 2", "schema = 1").encode(),
    }


def test_an_earlier_project_is_updated_to_the_resource(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", earlier())
    commands.update(project, settings=FILES_ONLY)
    assert {path: text for path, text in read_project(project).items() if path.parts[0] == "shop"} == {
        path: text for path, text in files_of(["sqlalchemy"]).items() if path.parts[0] == "shop"
    }
    assert resources(project) == ["Note"]


def test_edits_of_the_example_of_an_earlier_project_stay(tmp_path: Path) -> None:
    mine = b"from flask import Blueprint\n\nMINE = 1\n"
    project = write_project(tmp_path / "shop", earlier() | {EARLIER: mine})
    before = read_project(project)
    with pytest.raises(NameClash, match=r"`shop\.notes` is already a module of yours"):
        commands.update(project, settings=FILES_ONLY)
    assert read_project(project) == before
    (project / EARLIER).rename(project / "shop" / "memos.py")
    commands.update(project, settings=FILES_ONLY)
    assert (project / "shop" / "memos.py").read_bytes() == mine
    assert (project / VIEWS).is_file()
