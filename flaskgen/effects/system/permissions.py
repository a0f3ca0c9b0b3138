"""What gives the user access to a file or a directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from flaskgen.effects.system.shell import quote
from flaskgen.errors import Fix

Right = Literal["r", "w"]


def nearest_existing(path: Path) -> Path:
    """Return what is at a path, or else the directory above it that the missing ones would be created in."""
    return next(one for one in (path, *path.parents) if os.path.lexists(one))


def access_hint(path: Path, right: Right) -> tuple[str, Fix | None]:
    """Return what gives the user a right to what exists at ``path``, and the command if it is the user's."""
    place = quote(str(path))
    user, owner = getattr(os, "geteuid", lambda: 0)(), path.stat().st_uid
    if user not in (0, owner):
        return f"it belongs to another user: sudo chown -R $USER {place}", None
    word = "readable" if right == "r" else "writable"
    command = f"chmod u+{right}{'x' if right == 'r' and path.is_dir() else ''} {place}"
    return f"make it {word}: {command}", Fix(first=command)


def write_hint(error: OSError, target: Path) -> tuple[str, Fix | None]:
    """Return what lets the user write ``target``, for which a directory is needed that ``error`` may name."""
    if not isinstance(error, PermissionError):
        return "free some space, or change the permissions there", None
    directory = Path(error.filename2 or error.filename or target).parent
    return access_hint(directory if directory.is_dir() else target.parent, "w")
