"""Judge whether a project can be made at a path, before anything is written."""

from __future__ import annotations

import os
import stat
import unicodedata
from pathlib import Path

from flaskgen.errors import InvalidDestination, ProjectExists, UsageError

# The scripts that pip and uv write for a path with spaces go through `/bin/sh`: in a directory named
# `dollar$(touch pwned)` running `.venv/bin/flask` would run the command.
_DANGEROUS = frozenset('$`"\\:')
# What a hosting service puts into a new repository; it may be there, and is never overwritten.
_WELCOME = frozenset(
    {".git", "readme", "readme.md", "readme.rst", "readme.txt", "license", "license.md", "license.txt"}
)
_SHOWN = 5
MARKER = Path(".flaskgen", "incomplete")
RECORD = Path(".flaskgen", "project.toml")


def check_destination(text: str) -> Path:
    """Give the absolute path that ``text`` names, or raise the reason why no project can be made there.

    Raises UsageError for what is no path, InvalidDestination for a path that cannot hold a project, and
    ProjectExists where something is in the way. A directory that a killed run left incomplete is free.
    """
    path = _resolve(text)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        _check_parent(path)
        return path
    except OSError as error:
        raise InvalidDestination(
            f"cannot look at `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    if not stat.S_ISDIR(mode):
        raise ProjectExists(
            f"`{path.name}` is {_kind(mode)}", hint="choose another name, or give the path of a directory"
        )
    _check_contents(path)
    return path


def _resolve(text: str) -> Path:
    if not text.strip():
        raise UsageError("the destination is empty", hint="flaskgen new my-app")
    if "\0" in text:
        raise UsageError("the destination has a NUL character", hint="flaskgen new my-app")
    try:
        parent = Path(text).expanduser() if text.startswith("~") else Path(text)
        # The last part is not resolved: a link at the destination is refused, not followed.
        path = Path.cwd() if text in {".", "./"} else parent.parent.resolve() / parent.name
    except (OSError, RuntimeError) as error:
        raise InvalidDestination(
            f"cannot find `{text}`: {error}", hint="change to a directory that exists"
        ) from error
    if parent.name == ".." or path == path.parent:
        raise UsageError(f"`{text}` cannot be a project's directory", hint="flaskgen new my-app")
    for char in str(path.relative_to(path.anchor)):
        if char in _DANGEROUS or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            raise InvalidDestination(
                f"the path {str(path)!a} has the character {char!a} (U+{ord(char):04X})",
                hint="a shell would misread the environment's scripts there: choose another directory",
            )
    return path


def _check_parent(path: Path) -> None:
    parent = path.parent
    if not parent.exists():
        raise InvalidDestination(f"the directory `{parent}` does not exist", hint=f"mkdir -p '{parent}'")
    if not parent.is_dir():
        raise InvalidDestination(f"`{parent}` is not a directory", hint="choose another place")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InvalidDestination(f"the directory `{parent}` is not writable", hint="choose another place")
    if len(os.fsencode(path.name)) > 255:
        raise InvalidDestination(
            f"the name `{path.name[:40]}...` is longer than 255 bytes", hint="choose a shorter one"
        )


def _check_contents(path: Path) -> None:
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise InvalidDestination(
            f"cannot read `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise InvalidDestination(f"the directory `{path}` is not writable", hint="choose another place")
    if (path / RECORD).exists() and not (path / MARKER).exists():
        raise ProjectExists(
            f"`{path.name}` is a flaskgen project already",
            hint="flaskgen add EXTENSION changes it; or choose another name",
        )
    if (path / MARKER).exists():
        return
    in_the_way = [name for name in names if name.lower() not in _WELCOME]
    if in_the_way:
        shown = ", ".join(in_the_way[:_SHOWN]) + (", ..." if len(in_the_way) > _SHOWN else "")
        raise ProjectExists(
            f"directory `{path.name}` is not empty: it has {shown}",
            hint="choose another name, or give an empty directory",
        )


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "not a directory")
