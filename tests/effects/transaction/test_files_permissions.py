"""What gives the user access to a file or a directory."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from flaskgen.effects.transaction.files import access_hint, write_hint
from flaskgen.errors import Fix
from flaskgen.reporting import quote

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="chmod is of POSIX")


def test_what_is_the_users_can_be_made_accessible_from_anywhere(tmp_path: Path, monkeypatch):
    file = tmp_path / "a b" / "config.py"
    file.parent.mkdir()
    file.touch(0o200)
    monkeypatch.chdir("/")
    hint, fix = access_hint(file, "r")
    assert (hint, fix) == (f"make it readable: chmod u+r {quote(str(file))}", Fix(first=hint.split(": ")[1]))


def test_chmod_is_not_for_what_belongs_to_another_user(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(tmp_path).st_uid + 1)
    hint, fix = access_hint(tmp_path, "w")
    assert (hint, fix) == (f"it belongs to another user: sudo chown -R $USER {quote(str(tmp_path))}", None)


@pytest.mark.parametrize(
    ("named", "directory"),
    [("shop/.__init__.py.new", "shop"), ("gone/new", "."), (None, ".")],
)
def test_the_directory_that_cannot_be_written_is_named(tmp_path: Path, named: str | None, directory: str):
    (tmp_path / "shop").mkdir()
    (tmp_path / directory).chmod(0o500)
    error = PermissionError(errno.EACCES, "Permission denied", *([str(tmp_path / named)] if named else []))
    hint, _ = write_hint(error, tmp_path / "README.md")
    (tmp_path / directory).chmod(0o700)
    assert hint == f"make it writable: chmod u+w {quote(str(tmp_path / directory))}"


def test_no_chmod_is_proposed_for_a_right_that_is_there(tmp_path: Path):
    error = PermissionError(errno.EPERM, "Operation not permitted", str(tmp_path / "new"))
    hint, fix = write_hint(error, tmp_path / "new")
    assert (hint, fix) == (
        f"{quote(str(tmp_path))} may be immutable, as `lsattr -d` shows, or protected by the system",
        None,
    )
    tmp_path.chmod(0o600)
    hint, _ = write_hint(error, tmp_path / "new")
    tmp_path.chmod(0o700)
    assert hint == f"make it writable: chmod u+x {quote(str(tmp_path))}"


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space there"),
        (errno.EROFS, "it is on a read-only file system: mount it writable, or use another directory"),
        (errno.EIO, "check the disk: `dmesg` may say more"),
        (errno.EMFILE, "raise the limit of open files: ulimit -n 4096"),
    ],
)
def test_permissions_do_not_help_against_other_errors(tmp_path: Path, number: int, advice: str):
    assert write_hint(OSError(number, os.strerror(number)), tmp_path / "x") == (advice, None)
