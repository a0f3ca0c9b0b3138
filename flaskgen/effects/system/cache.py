"""Where flaskgen keeps what it can make again: the user's cache directory."""

from __future__ import annotations

import os
from pathlib import Path

_NOWHERE = Path(os.devnull)
"""No directory can be created below it, so that every user of the cache finds it not writable."""


def cache_folder(name: str) -> Path:
    """Return the directory for one kind of cached thing; it need not exist.

    It cannot exist where there is no home, or where the home is not root's who runs this.
    """
    folder = _user_cache()
    return (_NOWHERE if folder is None or _belongs_to_another(folder) else folder) / name


def users_cache_is_foreign() -> bool:
    """Return whether root runs this with somebody's home, as ``sudo`` does that keeps HOME.

    What root writes there, its owner could not replace any more.
    """
    folder = _user_cache()
    return folder is not None and _belongs_to_another(folder)


def _belongs_to_another(folder: Path) -> bool:
    """Return whether root would write into a directory of somebody else's."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.stat().st_uid != 0


def _user_cache() -> Path | None:
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("flaskgen")
    except RuntimeError:  # there is no home; older platformdirs give `~/.cache` as it stands
        return None
    # A relative path would be another directory for each working directory.
    return folder if folder.is_absolute() else None
