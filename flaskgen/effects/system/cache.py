"""Where flaskgen keeps what it can make again, and where its settings are: directories of the user's."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

_DEFAULTS = {"CACHE": "~/.cache", "CONFIG": "~/.config"}
if sys.platform == "darwin":
    _DEFAULTS = {"CACHE": "~/Library/Caches", "CONFIG": "~/Library/Application Support"}
_NOWHERE = Path(os.devnull)
"""No directory can be created below it, so that every user of the cache finds it not writable."""


def cache_folder(name: str) -> Path:
    """Return the directory for one kind of cached thing; it need not exist.

    It cannot exist where there is no home, or where the home is not root's who runs this.
    """
    folder = user_directory("CACHE")
    return (_NOWHERE if folder is None or _belongs_to_another(folder) else folder) / name


def users_cache_is_foreign() -> bool:
    """Return whether root runs this with somebody's home, as ``sudo`` does that keeps HOME.

    What root writes there, its owner could not replace any more.
    """
    folder = user_directory("CACHE")
    return folder is not None and _belongs_to_another(folder)


def user_directory(kind: Literal["CACHE", "CONFIG"]) -> Path | None:
    """Return flaskgen's directory in the user's, as platformdirs does; None for a user without a home."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return Path(local, "flaskgen", *["Cache"] * (kind == "CACHE")) if os.path.isabs(local) else None
    chosen = os.environ.get(f"XDG_{kind}_HOME", "").strip() or os.path.expanduser(_DEFAULTS[kind])
    # A relative path would be another directory for each working directory.
    return Path(chosen, "flaskgen") if os.path.isabs(chosen) else None


def _belongs_to_another(folder: Path) -> bool:
    """Return whether root would write into a directory of somebody else's."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.stat().st_uid != 0
