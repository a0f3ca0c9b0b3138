"""Remove a directory with all that is in it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


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

    shutil.rmtree(directory, onerror=note)
    return failed
