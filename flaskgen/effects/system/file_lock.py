"""Lock a file or a directory for as long as a descriptor of it is open, in this process or in its children.

It is flock itself, since importing filelock takes longer than planning a project.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def lock(path: Path) -> int | None:
    """Return a descriptor through which a path is locked; None if somebody else has it.

    What does not exist is created as a file. Raises OSError, among them FileNotFoundError for a file that
    its owner has just removed. A file system that cannot lock directories locks none: then it stands for
    nothing.
    """
    is_directory = path.is_dir()
    descriptor = os.open(path, os.O_RDONLY if is_directory else os.O_RDWR | os.O_CREAT, 0o644)
    locked = False
    try:
        locked = _try_lock(descriptor, is_directory=is_directory)
        if locked and os.fstat(descriptor).st_nlink == 0:
            locked = False
            raise FileNotFoundError(path)
    finally:
        if not locked:
            os.close(descriptor)
    return descriptor if locked else None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int, *, is_directory: bool) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int, *, is_directory: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            if not is_directory:
                raise
        return True
