"""Judge whether a project can be made at a path, before anything is written."""

from __future__ import annotations

import os
import stat
import unicodedata
from pathlib import Path, PurePath

from flaskgen.effects.system.file_systems import is_read_only
from flaskgen.effects.transaction.lock import LOCK
from flaskgen.effects.transaction.log import LOG, read_log
from flaskgen.errors import InvalidDestination, ProjectExists, UsageError
from flaskgen.planning.project.paths import RECORD_PATH
from flaskgen.reporting import printable

# The scripts that pip and uv write for a path with spaces go through `/bin/sh`: in a directory named
# `dollar$(touch pwned)` running `.venv/bin/flask` would run the command.
_DANGEROUS = frozenset('$`"\\:')
# What a hosting service puts into a new repository; it may be there, and is never overwritten.
_WELCOME = frozenset(
    {"readme", "readme.md", "readme.rst", "readme.txt", "license", "license.md", "license.txt"}
)
_SHOWN = 5
_LONGEST_NAME = 255
# Linux takes paths of 4095 bytes; the longest below a project, in site-packages, has some 150.
_LONGEST_PATH = 3800
_EXAMPLE = "for example: flaskgen new my-app"


def check_destination(given: str | PurePath) -> Path:
    """Return the absolute path that ``given`` names, or raise the reason why no project can be made there.

    Raises UsageError for what is no path, InvalidDestination for a path that cannot hold a project, and
    ProjectExists where something is in the way. A directory that a killed run left incomplete is free.
    """
    path = _resolve(os.fspath(given))
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        _check_parent(path)
        return path
    except OSError as error:
        raise InvalidDestination(
            f"cannot look at `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    if not stat.S_ISDIR(mode):
        raise ProjectExists(f"`{path.name}` is {_kind(path, mode)}", hint="choose another name")
    check_contents(path)
    return path


def _resolve(text: str) -> Path:
    if not text.strip():
        raise UsageError("the destination is empty", hint=_EXAMPLE)
    if "\0" in text:
        raise UsageError("the destination has a NUL character", hint=_EXAMPLE)
    given = Path(text)
    try:
        if text.startswith("~"):
            given = given.expanduser()
        for parent in given.parents:
            if parent.is_symlink() and not parent.exists():
                raise InvalidDestination(
                    f"`{parent}` is a link to {printable(os.readlink(parent))}, which does not exist",
                    hint="choose another place",
                )
        # The last part is not resolved: a link at the destination is refused, not followed.
        path = Path.cwd() if given == Path() else given.parent.resolve() / given.name
    except FileNotFoundError as error:
        raise InvalidDestination(
            "the current directory is gone", hint="change to a directory that exists"
        ) from error
    except (OSError, RuntimeError) as error:  # before 3.13, a loop of links is a RuntimeError
        raise InvalidDestination(
            f"cannot find the directory of `{printable(text)}`: {_reason(error)}", hint="choose another place"
        ) from error
    _check_path(path, given)
    return path


def _check_path(path: Path, given: Path) -> None:
    named = False
    for part in given.parts:
        if part == ".." and (named or part == given.name):
            raise UsageError(
                f"`{printable(str(given))}` goes back with `..`",
                hint="name the directory to make; `.` is the current one",
            )
        named = named or part != ".."
    if path == path.parent:
        raise UsageError(f"`{given}` cannot be a project's directory", hint=_EXAMPLE)
    for char in str(path.relative_to(path.anchor)):
        if char in _DANGEROUS or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            raise InvalidDestination(
                f"the path {printable(str(path))} has the character {char!a} (U+{ord(char):04X})",
                hint="a shell would misread the environment's scripts there: choose another directory",
            )
    _check_length(path)


def _check_length(path: Path) -> None:
    if (size := len(os.fsencode(path.name))) > _LONGEST_NAME:
        raise InvalidDestination(
            f"the name `{path.name[:40]}...` has {size} bytes, more than {_LONGEST_NAME}",
            hint="choose a shorter one",
        )
    if (size := len(os.fsencode(path))) > _LONGEST_PATH:
        raise InvalidDestination(
            f"the path `{str(path)[:40]}...` has {size} bytes, which leaves no room below it",
            hint="choose a place nearer to the root",
        )


def _check_parent(path: Path) -> None:
    """Check the nearest directory that exists: those between it and the project are made with it."""
    nearest = next(parent for parent in path.parents if os.path.lexists(parent))
    if not nearest.is_dir():
        raise InvalidDestination(f"`{nearest}` is not a directory", hint="choose another place")
    _check_writable(nearest)


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = "on a read-only file system" if is_read_only(folder) else "not writable"
        raise InvalidDestination(f"the directory `{folder}` is {reason}", hint="choose another place")


def check_contents(path: Path) -> None:
    """Raise ProjectExists where the directory holds what a project may not be mixed with.

    What a killed run left does not count, nor a readme, a licence or a repository, which stay untouched.
    """
    try:
        # Listed before the log is read, because a run at work notes what it makes before it makes it.
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise InvalidDestination(
            f"cannot read `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    _check_writable(path)
    log = read_log(path / LOG)
    if not (log and log.creates) and (path / RECORD_PATH).exists():
        raise ProjectExists(
            f"`{path.name}` is a flaskgen project already",
            hint="choose another name, or remove the directory first",
        )
    in_the_way = [
        name
        for name in names
        if not (_is_welcome(path / name) or (log and log.creates and log.accounts_for(name)))
    ]
    if in_the_way and not (in_the_way == [LOG.parent.name] and _holds_no_project(path / LOG.parent)):
        shown = ", ".join(map(printable, in_the_way[:_SHOWN]))
        more = f" and {len(in_the_way) - _SHOWN} more" if len(in_the_way) > _SHOWN else ""
        raise ProjectExists(
            f"directory `{path.name}` is not empty: it has {shown}{more}",
            hint="choose another name, or give an empty directory",
        )


def _holds_no_project(own: Path) -> bool:
    """Return whether `.flaskgen` has nothing but what a run puts there before it notes anything."""
    try:
        return {entry.name for entry in own.iterdir()} <= {LOCK.name, LOG.name}
    except OSError:
        return False


def _is_welcome(entry: Path) -> bool:
    if entry.name == ".git":
        return True
    return entry.name.lower() in _WELCOME and entry.is_file()


def _reason(error: OSError | RuntimeError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).partition(":")[0].rstrip(".")


def _kind(path: Path, mode: int) -> str:
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    if stat.S_ISLNK(mode):
        return f"a link to {printable(os.readlink(path))}"
    return kinds.get(stat.S_IFMT(mode), "not a directory")
