"""The user's directories: what flaskgen keeps and can make again, and the settings in flaskgen.toml."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from flaskgen.errors import BrokenSettings, Fix
from flaskgen.planning.tables import line_of, read_toml

_DEFAULTS = {"CACHE": "~/.cache", "CONFIG": "~/.config"}
if sys.platform == "darwin":
    _DEFAULTS = {"CACHE": "~/Library/Caches", "CONFIG": "~/Library/Application Support"}
_NOWHERE = Path(os.devnull)
"""No directory can be created below it, so that every user of the cache finds it not writable."""
_HINT = "fix the file, or move it away"
_FIX = Fix(more="--no-config")


def cache_folder(name: str) -> Path:
    """Return the directory for one kind of cached thing; it need not exist.

    It cannot exist where the user has no home to write into.
    """
    folder = user_directory("CACHE")
    return (_NOWHERE if folder is None or _is_closed(folder) else folder) / name


def uvs_cache_is_closed() -> bool:
    """Return whether uv cannot keep its cache where it usually does, and no other place was chosen."""
    if os.environ.get("UV_CACHE_DIR"):
        return False
    folder = user_directory("CACHE")
    return folder is None or _is_closed(folder.with_name("uv"))


def user_directory(kind: Literal["CACHE", "CONFIG"]) -> Path | None:
    """Return flaskgen's directory in the user's; None for a user without a home."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return Path(local, "flaskgen", *["Cache"] * (kind == "CACHE")) if os.path.isabs(local) else None
    chosen = os.environ.get(f"XDG_{kind}_HOME", "").strip()
    if not os.path.isabs(chosen):  # it is to be ignored, says the specification of these variables
        # With an empty HOME, this would be a directory of the system, and without any, a relative path.
        chosen = "" if os.environ.get("HOME") == "" else os.path.expanduser(_DEFAULTS[kind])
    return Path(chosen, "flaskgen") if os.path.isabs(chosen) and can_enter(Path(chosen)) else None


def nearest_existing(path: Path) -> Path:
    """Return what is at a path, or else the directory above it that the missing ones would be created in."""
    return next(one for one in (path, *path.parents) if os.path.lexists(one))


def can_enter(directory: Path) -> bool:
    """Return whether a directory, or what it would be created in, can be entered.

    The home of another user can be left in HOME, by ``su`` for example.
    """
    return os.access(nearest_existing(directory), os.X_OK)


def _is_closed(directory: Path) -> bool:
    """Return whether nothing can be written into a directory, or should be.

    What root writes into somebody's home, as with a ``sudo`` that keeps HOME, its owner could not replace.
    """
    place = nearest_existing(directory)
    is_anothers = hasattr(os, "geteuid") and os.geteuid() == 0 != place.stat().st_uid
    return is_anothers or not os.access(place, os.W_OK | os.X_OK)


class Configuration(NamedTuple):
    """What a flaskgen.toml says."""

    path: Path | None = None
    """Where the file is or would be; None for a user without a home."""
    values: Mapping[str, object] = {}
    text: str = ""

    def place(self, key: str) -> str:
        """Return the file and the line of a key."""
        line = line_of(self.text, key)
        return f"{self.path}, line {line}" if line else f"{self.path}"


def read_configuration() -> Configuration:
    """Read the user's flaskgen.toml, if there is one. Raises BrokenSettings if it cannot be read."""
    path = configuration_path()
    if path is None:
        return Configuration()
    try:
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # reading a FIFO or a terminal would wait forever
            raise OSError(errno.EINVAL, "not a regular file")
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if not path.is_symlink():
            return Configuration(path)
        reason = f"it is a link to {os.readlink(path)}: {error.strerror}"
        raise BrokenSettings(f"cannot read {path}: {reason}", hint=_HINT, fix=_FIX) from error
    except OSError as error:
        raise BrokenSettings(f"cannot read {path}: {error.strerror}", hint=_HINT, fix=_FIX) from error
    # A Python such as 3.10 is meant as it is written.
    values = read_toml(
        content,
        lambda what: BrokenSettings(f"{path} {what}", hint=_HINT, fix=_FIX),
        parse_float=str,
    )
    return Configuration(path, values, content.decode("utf-8-sig"))


def configuration_path() -> Path | None:
    """Return where the file is or would be; None for a user without a home directory."""
    directory = user_directory("CONFIG")
    return directory and directory / "flaskgen.toml"
