"""Where flaskgen keeps what it can make again: the user's cache folder."""

from __future__ import annotations

from pathlib import Path


def cache_folder(name: str) -> Path:
    """Give the folder for one kind of cached thing; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("flaskgen") / name
