"""Temporary directories that only this user can read, and the locks by which no kill leaves one for long."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.errors import CannotWrite

_PREFIX = "flaskgen-scratch-"
_LOCK = "lock"
_FILES = "files"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Return an empty temporary directory, and remove it afterwards. Raises CannotWrite."""
    remove_abandoned()
    made: list[tuple[Path, int]] = []
    try:
        with interruptions_held():  # a signal before it is known would leave it
            made.append(_make())
        yield made[0][0] / _FILES
    finally:
        try:
            _remove_all(made)
        finally:  # where a signal came before that held it back
            _remove_all(made)


def _remove_all(made: list[tuple[Path, int]]) -> None:
    with interruptions_held():
        while made:
            _remove(*made.pop())


@cache
def _temporary() -> Path:
    """Return the directory for temporary files; tempfile writes one to find out, which a kill would leave."""
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    for folder in filter(None, (tempfile.tempdir, *named, "/tmp")):  # noqa: S108 - what is made there is private
        if os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):
            return Path(folder).resolve()
    return Path(tempfile.gettempdir()).resolve()


def _make() -> tuple[Path, int]:
    """Make a directory and hold it: until it is held, another run may take it for abandoned and remove it."""
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_temporary())).resolve()
        except OSError as error:
            message = f"cannot create a temporary directory: {error.strerror}"
            raise CannotWrite(message, hint="set TMPDIR to a directory that you can write to") from error
        try:
            descriptor = try_lock(folder / _LOCK)
            if descriptor is not None:
                (folder / _FILES).mkdir()
                return folder, descriptor
        except FileNotFoundError:
            continue
        except OSError:
            remove_tree(folder)
            raise


@cache
def remove_abandoned() -> None:
    """Remove, once in a run, the directories of killed runs, which are those that nobody holds any more.

    None is removed that is not of the form which runs make, or that is another user's.
    """
    folders: list[Path] = []
    with suppress(OSError), os.scandir(_temporary()) as entries:
        found = (entry for entry in entries if entry.name.startswith(_PREFIX))
        folders = [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
    for folder in folders:
        with suppress(OSError):  # another run has just removed it
            if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
                continue
            with suppress(OSError):
                folder.rmdir()  # killed before it was held
            if (folder / _LOCK).is_file() and (descriptor := try_lock(folder / _LOCK)) is not None:
                _remove(folder, descriptor)


def _remove(folder: Path, held: int) -> None:
    """Remove a directory, what it is known by last, and release it: the next run removes what a kill leaves.

    A file that cannot be removed must not hide what really went wrong.
    """
    remove_tree(folder / _FILES)
    if sys.platform == "win32":  # which removes no open file
        os.close(held)
        remove_tree(folder)
    else:
        remove_tree(folder)
        os.close(held)


def remove_tree(directory: Path) -> list[OSError]:
    """Remove as much of a directory as can be removed, and return why the rest could not.

    Git makes its objects read-only, and Windows removes no file that is read-only.
    """
    failed: list[OSError] = []

    def note(remove: Callable[[str], object], path: str, error: tuple[object, BaseException, object]) -> None:
        if sys.platform == "win32":
            with suppress(OSError):
                os.chmod(path, stat.S_IWRITE)
                remove(path)
                return
        if isinstance(error[1], OSError) and not isinstance(error[1], FileNotFoundError):
            error[1].filename = path  # before, it is relative to a descriptor
            failed.append(error[1])

    try:
        shutil.rmtree(directory, onerror=note)
    except OSError as error:  # of a descriptor, which `onerror` does not get
        failed.append(error)
    return failed


def try_lock(path: Path) -> int | None:
    """Return a descriptor through which a path is locked; None if somebody else has it.

    It is locked for as long as the descriptor is open, in this process or in its children. What does not
    exist is created as a file. Raises OSError, among them FileNotFoundError for a file that its owner has
    just removed. A file system that cannot lock directories locks none: then it stands for nothing. This is
    flock itself, since importing filelock takes longer than planning a project.
    """
    is_directory = path.is_dir()
    descriptor = os.open(path, os.O_RDONLY if is_directory else os.O_RDWR | os.O_CREAT, 0o644)
    locked = False
    try:
        locked = _lock_descriptor(descriptor, is_directory=is_directory)
        if locked and os.fstat(descriptor).st_nlink == 0:
            locked = False
            raise FileNotFoundError(path)
    finally:
        if not locked:
            os.close(descriptor)
    return descriptor if locked else None


if sys.platform == "win32":
    import msvcrt

    def _lock_descriptor(descriptor: int, *, is_directory: bool) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _lock_descriptor(descriptor: int, *, is_directory: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            if not is_directory:
                raise
        return True
