"""Opening a project by its record."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flaskgen import __version__
from flaskgen.effects.project.locating import locate_project
from flaskgen.effects.project.opening import open_project
from flaskgen.errors import BrokenRecord, RecordTooNew
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
    assert opened.spec.extensions == ("production", "mail")
    assert opened.pristine is not None
    assert ".env" not in map(str, opened.pristine)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ('"mail"]', '"mial"]', BrokenRecord, "`mial` is not an extension"),
        ("schema = 2", "schema = 3", RecordTooNew, "was created by"),
        ("schema = 2", "schema = [", BrokenRecord, "not valid TOML"),
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


@pytest.mark.parametrize("lost", [".flaskgen/project.toml", ".flaskgen/base.zip", "shop/__init__.py"])
@pytest.mark.parametrize("place", [".", "shop", ".."])
def test_git_restores_what_is_lost_where_the_user_is(project: Path, monkeypatch, lost: str, place: str):
    """The repository can begin above the project."""
    edit(project, f'generator = "{__version__}"', 'generator = "0.0.1"')
    repository = project.parent
    for arguments in (["init", "-q"], ["add", "--force", project.name]):
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    (project / lost).unlink()
    monkeypatch.chdir(project / place)
    with pytest.raises(BrokenRecord) as caught:
        _ = open_project(locate_project(project)).package
    assert caught.value.hint
    assert caught.value.fix
    restore = caught.value.hint.removeprefix("restore it: ")
    assert restore == caught.value.fix.first
    subprocess.run(restore, shell=True, check=True)
    assert (project / lost).is_file()
