"""Temporary folders that only this user can read, and that no kill leaves lying for long."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

_PREFIX = "flaskgen-scratch-"
_LOCK = "lock"
_FILES = "files"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty temporary folder, and remove it afterwards.

    The first of a run also removes those of killed runs, which are the ones that nobody holds any more.
    """
    _remove_abandoned(Path(tempfile.gettempdir()).resolve())
    folder, lock = _make()
    try:
        yield folder / _FILES
    finally:
        _remove(folder)
        lock.release()


def _make() -> tuple[Path, BaseFileLock]:
    """Make a folder and hold it; another run may take a folder that is not held yet for an abandoned one."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        if lock := _hold(folder):
            with suppress(FileNotFoundError):
                (folder / _FILES).mkdir()
                return folder, lock


@cache
def _remove_abandoned(temporary: Path) -> None:
    with suppress(OSError), os.scandir(temporary) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False) and _is_own(entry):
                _remove_if_abandoned(Path(entry.path))


def _remove_if_abandoned(folder: Path) -> None:
    """Remove a folder that nobody holds, and none that is not of the form which runs make."""
    with suppress(OSError):
        folder.rmdir()  # killed before it was held
    if (folder / _LOCK).is_file() and (lock := _hold(folder)):
        _remove(folder)
        lock.release()


def _remove(folder: Path) -> None:
    """Remove a folder, what it is known by last: a kill leaves one that the next run removes."""
    for part in (folder / _FILES, folder):
        # Ignoring: a file that cannot be removed must not hide what really went wrong.
        shutil.rmtree(part, ignore_errors=True)


def _is_own(entry: os.DirEntry[str]) -> bool:
    return not hasattr(os, "getuid") or entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _hold(folder: Path) -> BaseFileLock | None:
    """Lock a folder, or give None where a living run holds it or has just removed it."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK, timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    return lock
