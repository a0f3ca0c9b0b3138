from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from flaskgen.effects.transaction.project_files import apply_plan, read_files

from flaskgen.errors import CannotWrite
from flaskgen.planning.merging.changes import plan_creation
from flaskgen.planning.merging.plan import FileChange, FilePlan, Status

ENV = PurePosixPath(".env")
APP = PurePosixPath("shop/app.py")


def plan(*changes: FileChange) -> FilePlan:
    return FilePlan(changes)


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777], indirect=True)
@pytest.mark.usefixtures("umask")
def test_a_private_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    apply_plan(plan(FileChange(ENV, Status.CREATE, b"KEY=1")), tmp_path, private=frozenset({ENV}))
    assert stat.S_IMODE((tmp_path / ENV).stat().st_mode) == 0o600


@pytest.mark.parametrize("umask", [0o027], indirect=True)
@pytest.mark.usefixtures("umask")
def test_other_files_get_the_mode_of_the_umask(tmp_path: Path) -> None:
    apply_plan(plan(FileChange(APP, Status.CREATE, b"")), tmp_path)
    assert stat.S_IMODE((tmp_path / APP).stat().st_mode) == 0o640


def test_a_file_to_create_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    for target in ("victim", "nowhere"):
        (tmp_path / ENV).unlink(missing_ok=True)
        (tmp_path / ENV).symlink_to(tmp_path / target)
        with pytest.raises(CannotWrite, match="File exists"):
            apply_plan(plan(FileChange(ENV, Status.CREATE, b"x")), tmp_path)
    assert (tmp_path / "victim").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_an_update_replaces_the_content(tmp_path: Path) -> None:
    (tmp_path / ENV).write_text("longer than the new one")
    apply_plan(plan(FileChange(ENV, Status.UPDATE, b"new")), tmp_path)
    assert (tmp_path / ENV).read_bytes() == b"new"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where a folder is needed")
    with pytest.raises(CannotWrite, match=r"shop/app\.py") as raised:
        apply_plan(plan(FileChange(APP, Status.CREATE, b"")), tmp_path)
    assert raised.value.hint


def test_only_what_exists_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    (tmp_path / "file").write_text("")
    assert read_files(tmp_path, [ENV, APP, PurePosixPath("file/below")]) == {ENV: b"\xff"}


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    (tmp_path / "shop").mkdir()
    for path in (ENV, PurePosixPath("shop")):
        with pytest.raises(CannotWrite, match="is not a file"):
            read_files(tmp_path, [path])


def test_a_file_that_is_there_stays_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"mine\r\n")
    readme = PurePosixPath("README.md")
    made = plan_creation({readme: "theirs\n", APP: "x = 1\n"}, read_files(tmp_path, [readme, APP]))
    apply_plan(made, tmp_path)
    assert (tmp_path / "README.md").read_bytes() == b"mine\r\n"
    assert (tmp_path / APP).read_text() == "x = 1\n"
