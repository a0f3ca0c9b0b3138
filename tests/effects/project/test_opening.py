"""Opening a project by its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from flaskgen import __version__
from flaskgen.effects.project.opening import find_project, locate_project, open_project, project_environment
from flaskgen.effects.transaction.log import LOG, Log
from flaskgen.errors import BrokenRecord, NotAProject, RecordTooNew
from tests.commands.projects import files_of, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["mail"]))


def edit(project: Path, old: str, new: str) -> None:
    record = project / ".flaskgen" / "project.toml"
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new))


def test_a_project_is_found_from_below(project: Path, monkeypatch):
    monkeypatch.chdir(project / "shop" / "templates")
    assert locate_project(Path()) == locate_project(project / "tests") == project
    opened = open_project(project)
    assert opened.spec.extensions == ("mail",)
    assert opened.pristine is not None
    assert ".env" not in map(str, opened.pristine)


def test_a_project_beside_the_way_is_not_found(project: Path, monkeypatch):
    (project.parent / "other").mkdir()
    (project.parent / "linked").symlink_to(project / "tests")
    monkeypatch.chdir(project)
    for path in ("../other", project / "shop" / ".." / ".." / "other"):
        with pytest.raises(NotAProject):
            locate_project(path)
    assert locate_project("../linked/..") == locate_project("tests/../shop") == project


def test_where_there_is_none_it_says_so(tmp_path: Path):
    with pytest.raises(NotAProject, match="no flaskgen project"):
        locate_project(tmp_path)


def test_a_missing_record_is_not_a_missing_project(project: Path):
    (project / ".flaskgen" / "project.toml").unlink()
    with pytest.raises(BrokenRecord, match=r"there is no \.flaskgen/project\.toml") as caught:
        locate_project(project / "tests")
    assert caught.value.hint == "bring it back: git checkout -- .flaskgen/project.toml"


@pytest.mark.parametrize("record", [True, False])
def test_an_incomplete_project_is_not_a_missing_one(project: Path, record: bool):
    Log(project / LOG, "new shop", creates=True).save()
    if not record:
        (project / ".flaskgen" / "project.toml").unlink()
        (project / ".flaskgen" / "base.zip").unlink()
    with pytest.raises(NotAProject, match="is incomplete: `flaskgen new` was interrupted") as caught:
        locate_project(project / "tests")
    assert caught.value.hint == "create it again: flaskgen new shop"


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ('["mail"]', '["mial"]', BrokenRecord, "`mial` is not an extension"),
        ("schema = 1", "schema = 2", RecordTooNew, "made this project"),
        ("schema = 1", "schema = [", BrokenRecord, "not valid TOML"),
    ],
)
def test_a_record_that_was_edited_by_hand_is_refused(project: Path, old, new, error, message):
    edit(project, old, new)
    with pytest.raises(error, match=message):
        open_project(project)


def test_the_pristine_files_are_needed_of_an_older_project_only(project: Path):
    (project / ".flaskgen" / "base.zip").unlink()
    assert open_project(project).pristine is None
    edit(project, f'generator = "{__version__}"', 'generator = "0.0.1"')
    with pytest.raises(BrokenRecord, match=r"base\.zip is missing"):
        open_project(project)


def test_pristine_files_that_cannot_be_read_are_told(project: Path):
    (project / ".flaskgen" / "base.zip").write_bytes(b"PK\x05\x06 broken")
    with pytest.raises(BrokenRecord, match=r"base\.zip cannot be read"):
        open_project(project)


def make_project(folder: Path, record: str = "") -> Path:
    (folder / ".flaskgen").mkdir(parents=True)
    (folder / ".flaskgen" / "project.toml").write_text(record)
    return folder


def test_the_project_is_the_nearest_folder_with_a_record(tmp_path: Path) -> None:
    outer = make_project(tmp_path / "outer")
    inner = make_project(outer / "a" / "inner")
    (inner / "b" / "c").mkdir(parents=True)
    assert find_project(inner / "b" / "c") == inner
    assert find_project(outer / "a") == outer
    assert find_project(tmp_path) is None


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[environment]\n",
        "environment = 3\n",
        "[environment]\npath = 3\n",
        "not toml",
        "[environment]\npath = ''",
    ],
)
def test_a_project_without_another_environment_has_its_own(record: str, tmp_path: Path) -> None:
    assert project_environment(make_project(tmp_path / "shop", record)) == tmp_path / "shop" / ".venv"


def test_the_record_may_place_the_environment_elsewhere(tmp_path: Path) -> None:
    absolute = make_project(tmp_path / "a", "[environment]\npath = '/srv/envs/shop'\n")
    assert project_environment(absolute) == Path("/srv/envs/shop")
    relative = make_project(tmp_path / "b", "[environment]\npath = '../env'\n")
    assert project_environment(relative) == tmp_path / "b" / ".." / "env"


def test_an_environment_of_virtualenvwrapper_is_the_projects_where_it_leads_back_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKON_HOME", str(tmp_path / "envs"))
    project = make_project(tmp_path / "folder", "[project]\nname = 'shop'\n")
    shared = tmp_path / "envs" / "shop"
    shared.mkdir(parents=True)
    (shared / ".project").write_text(f"{tmp_path}\n")
    assert project_environment(project) == project / ".venv"
    (shared / ".project").write_text(f"{project}\n")
    assert project_environment(project) == shared
    (project / ".venv").mkdir()
    assert project_environment(project) == project / ".venv"


def test_an_incomplete_project_is_refused(tmp_path: Path) -> None:
    Log(tmp_path / LOG, "new shop", creates=True).save()
    (tmp_path / ".flaskgen" / "project.toml").touch()
    with pytest.raises(NotAProject, match="is incomplete"):
        find_project(tmp_path)
