"""Undo the last changes, one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from flaskgen.commands.plan import ChangeSettings
from flaskgen.commands.verbs.undo import undo
from flaskgen.effects.transaction.log import LOG, UNDO, LoggedFile, digest, keep_for_undo
from flaskgen.errors import BrokenLog, CannotWrite
from tests.effects.transaction.changes import (
    NEW,
    OLD,
    add_mail,
    files,
    leave_log,
    listing,
    make,
    make_project,
)

DRY = ChangeSettings(dry_run=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "shop")


def test_changes_are_undone_the_newest_first_and_each_says_what_is_further(project: Path) -> None:
    add_mail(project, {"a.py": "1\n", "new/d.py": "1\n"}, title="first")
    add_mail(project, {"a.py": "2\n", "new/d.py": None}, title="second")
    undone = undo(project)
    assert (undone.title, undone.further) == ("second", ("first",))
    assert files(project) == {**OLD, "a.py": "1\n", "new/d.py": "1\n"}
    undone = undo(project / "pkg")
    assert (undone.title, undone.further, undone.project) == ("first", (), project)
    assert files(project) == OLD
    with pytest.raises(CannotWrite, match="nothing to undo"):
        undo(project)
    assert {path.name for path in (project / ".flaskgen").iterdir()} == {"project.toml"}


def test_ten_changes_can_be_undone_and_the_eleventh_is_gone(project: Path) -> None:
    for number in range(12):
        add_mail(project, {"a.py": f"{number}\n"}, title=f"change {number}")
    for number in range(11, 1, -1):
        assert undo(project).title == f"change {number}"
        assert files(project)["a.py"] == f"{number - 1}\n"
    with pytest.raises(CannotWrite, match="nothing to undo"):
        undo(project)
    assert files(project)["a.py"] == "1\n"


def test_a_change_that_was_made_after_an_undo_is_undone_next(project: Path) -> None:
    add_mail(project, {"a.py": "1\n"}, title="first")
    add_mail(project, {"a.py": "2\n"}, title="second")
    undo(project)
    add_mail(project, {"a.py": "3\n"}, title="third")
    assert [undo(project).title, undo(project).title] == ["third", "first"]
    assert files(project) == OLD


@pytest.mark.parametrize("edited", ["a.py", "e.py", "pkg/sub/c.py"])
@pytest.mark.parametrize("settings", [ChangeSettings(), DRY], ids=["", "dry run"])
def test_a_file_that_was_edited_since_stops_it(project: Path, edited: str, settings: ChangeSettings) -> None:
    add_mail(project)
    make(project / edited, "mine\n")
    before = listing(project)
    with pytest.raises(CannotWrite, match=f"`{edited}` changed since") as raised:
        undo(project, settings=settings)
    assert raised.value.hint == f"the original files are in {project / UNDO / '000001/files'}"
    assert listing(project) == before


def test_files_that_are_as_before_again_need_no_undo(project: Path) -> None:
    add_mail(project)
    make(project / "a.py", OLD["a.py"])
    (project / "e.py").unlink()
    assert sorted(undo(project).files) == ["new/deep/d.py", "pkg/sub/c.py"]
    assert files(project) == OLD
    with pytest.raises(CannotWrite, match="nothing to undo"):
        undo(project)


def test_a_dry_run_says_what_would_be_undone(project: Path) -> None:
    add_mail(project)
    before = listing(project)
    undone = undo(project, settings=DRY)
    assert {name: status.value for name, status in undone.files.items()} == {
        "a.py": "update",
        "e.py": "delete",
        "new/deep/d.py": "delete",
        "pkg/sub/c.py": "create",
    }
    assert listing(project) == before


@pytest.mark.parametrize("settings", [ChangeSettings(), DRY], ids=["", "dry run"])
def test_an_undo_that_was_killed_at_its_end_is_not_undone_again(
    project: Path, settings: ChangeSettings
) -> None:
    add_mail(project, {"a.py": "1\n"}, title="first")
    keep_for_undo(leave_log(project, title="second"), project)
    leave_log(project, title="undo second", undoes="000002", committed=True)
    assert undo(project, settings=settings).title == "first"


def test_a_log_that_cannot_be_read_is_named(project: Path) -> None:
    add_mail(project)
    index = project / UNDO / "000001/log.json"
    index.write_text("[]")
    with pytest.raises(BrokenLog) as raised:
        undo(project)
    assert raised.value.message == f"`{index}` is not as flaskgen wrote it"
    assert raised.value.hint
    assert files(project) == NEW


def test_a_content_that_the_log_has_lost_stops_it(project: Path) -> None:
    add_mail(project)
    (project / UNDO / "000001/files/a.py").write_text("other")
    with pytest.raises(BrokenLog, match=r"files/a\.py"):
        undo(project)
    assert files(project) == NEW
    assert not (project / LOG).exists()


@pytest.mark.parametrize("path", ["to-file", "to-nowhere", "link/file", "link/new"])
def test_the_undo_of_a_clone_leads_no_run_out_of_it(tmp_path: Path, path: str) -> None:
    make(tmp_path / "victim/file", "mine")
    clone = make_project(tmp_path / "clone")
    for name, target in (("link", "victim"), ("to-file", "victim/file"), ("to-nowhere", "victim/new")):
        (clone / name).symlink_to(tmp_path / target)
    after = digest(b"mine") if "file" in path else None
    log = leave_log(clone, files=(LoggedFile(path, digest(b"evil"), after, 0o755),))
    make(log.directory / "files" / path, "evil")
    keep_for_undo(log, clone)
    with pytest.raises(CannotWrite, match="is outside the project"):
        undo(clone)
    assert listing(tmp_path / "victim") == {"file": b"mine"}
