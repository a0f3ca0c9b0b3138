"""What the file system of a directory does not allow, where the system tells."""

from __future__ import annotations

import os
from pathlib import Path

from flaskgen.errors import InvalidDestination


def is_read_only(folder: Path) -> bool:
    """Return whether nothing can be written, whoever asks."""
    return _is_mounted_with(folder, "ST_RDONLY")


def check_programs_start(environment: Path) -> None:
    """Raise InvalidDestination if no program of an environment could be started."""
    nearest = next(folder for folder in environment.parents if folder.exists())
    if _is_mounted_with(nearest, "ST_NOEXEC"):
        raise InvalidDestination(
            f"`{nearest}` is mounted noexec: programs of an environment could not be started there",
            hint="choose another directory, or pass --no-install",
        )


def _is_mounted_with(folder: Path, flag: str) -> bool:
    return hasattr(os, flag) and bool(os.statvfs(folder).f_flag & getattr(os, flag))
