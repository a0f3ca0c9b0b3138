"""What Windows does otherwise, emulated: it removes neither files that are open nor read-only ones."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

import pytest


def remove_as_windows_does(monkeypatch: pytest.MonkeyPatch) -> None:
    unlink = os.unlink

    def unlink_closed(path: str | Path, *, dir_fd: int | None = None) -> None:
        found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
        if not found.st_mode & stat.S_IWRITE or (found.st_dev, found.st_ino) in open_files():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink_closed)
    monkeypatch.setattr(sys, "platform", "win32")


def open_files() -> set[tuple[int, int]]:
    found = set()
    for descriptor in os.listdir("/dev/fd"):
        with suppress(OSError):  # the one of this list
            status = os.fstat(int(descriptor))
            found.add((status.st_dev, status.st_ino))
    return found
