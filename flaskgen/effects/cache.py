"""Where flaskgen keeps what it can make again: the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path

_NOWHERE = Path(os.devnull)
"""No folder can be made below it, which every user of the cache takes for a cache that cannot be written."""


def cache_folder(name: str) -> Path:
    """Give the folder for one kind of cached thing; it need not exist, and cannot where there is no home."""
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("flaskgen")
    except RuntimeError:  # there is no home; older platformdirs give `~/.cache` as it stands
        return _NOWHERE / name
    # A relative path would be another folder for each working directory.
    return (folder if folder.is_absolute() else _NOWHERE) / name
