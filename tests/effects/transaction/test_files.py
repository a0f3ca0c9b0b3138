"""Single files of a project."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.transaction.files import read_files, remove_staged, stage
from flaskgen.errors import CannotWrite

ENV = PurePosixPath(".env")


def test_only_what_exists_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    (tmp_path / "file").touch()
    assert read_files(tmp_path, [ENV, PurePosixPath("a/b"), PurePosixPath("file/c")]) == {ENV: b"\xff"}


@pytest.mark.skipif(sys.platform == "win32", reason="links and FIFOs of POSIX")
@pytest.mark.parametrize(
    "make", [lambda path: os.mkfifo(path), Path.mkdir, lambda path: path.symlink_to(path.name)]
)
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, make: object) -> None:
    make(tmp_path / ".env")  # type: ignore[operator]
    with pytest.raises(CannotWrite, match=r"\.env"):
        read_files(tmp_path, [ENV])


def test_what_was_staged_for_a_file_and_for_no_other_is_removed(tmp_path: Path) -> None:
    for name in ("a[1].py", "a1.py"):
        stage(tmp_path / name, b"new", exists=False)
    remove_staged(tmp_path / "a[1].py")
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".a1.py.")


def test_what_cannot_be_staged_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        stage(tmp_path / "a.py", "text", exists=False)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
