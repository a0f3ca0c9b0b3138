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
    file.touch()
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
    error = PermissionError(errno.EACCES, "Permission denied", *([str(tmp_path / named)] if named else []))
    hint, _ = write_hint(error, tmp_path / "README.md")
    assert hint == f"make it writable: chmod u+w {quote(str(tmp_path / directory))}"


def test_permissions_do_not_help_against_a_full_disk(tmp_path: Path):
    assert write_hint(OSError(errno.ENOSPC, "No space left on device"), tmp_path / "x")[1] is None
