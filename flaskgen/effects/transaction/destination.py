"""Judge whether a project can be made at a path, before anything is written."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath

from flaskgen.effects.system.user_directories import nearest_existing
from flaskgen.effects.transaction.files import reason_of, require_inside, resolve_target
from flaskgen.effects.transaction.log import LOCK, LOG, read_log
from flaskgen.errors import CannotWrite, InvalidDestination, ProjectExists, UsageError
from flaskgen.planning.project.names import RECORD_PATH
from flaskgen.reporting import printable

# The scripts that pip and uv write for a path with spaces go through `/bin/sh`: in a directory named
# `dollar$(touch pwned)` running `.venv/bin/flask` would run the command.
_DANGEROUS = frozenset('$`"\\:')
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
        # Those between the nearest directory that exists and the project are made with it.
        nearest = nearest_existing(path.parent)
        if not nearest.is_dir():
            raise _unfit(f"`{nearest}` is not a directory") from None
        _check_writable(nearest)
        return path
    except OSError as error:
        raise _unfit(f"cannot access `{path}`: {error.strerror}") from error
    if not stat.S_ISDIR(mode):
        raise ProjectExists(f"`{path.name}` is {_kind(path, mode)}", hint="choose another name")
    check_contents(path)
    return path


def _resolve(text: str) -> Path:
    if not text.strip():
        raise UsageError("the destination is empty", hint=_EXAMPLE)
    if "\0" in text:
        raise UsageError("the destination contains a NUL character", hint=_EXAMPLE)
    given = Path(text)
    try:
        if text.startswith("~"):
            given = given.expanduser()
        for parent in given.parents:
            if parent.is_symlink() and not parent.exists():
                leads_to = printable(os.readlink(parent))
                raise _unfit(f"`{parent}` is a link to {leads_to}, which does not exist")
        # The last part is not resolved: a link at the destination is refused, not followed.
        path = Path.cwd() if given == Path() else given.parent.resolve() / given.name
    except FileNotFoundError as error:
        raise _unfit("the current directory does not exist", "change to a directory that exists") from error
    except (OSError, RuntimeError) as error:  # before 3.13, a loop of links is a RuntimeError
        raise _unfit(f"cannot find the directory of `{printable(text)}`: {reason_of(error)}") from error
    _check_path(path, given)
    return path


def _check_path(path: Path, given: Path) -> None:
    named = False
    for part in given.parts:
        if part == ".." and (named or part == given.name):
            raise UsageError(
                f"`{printable(str(given))}` contains `..`",
                hint="pass the directory to create; `.` is the current one",
            )
        named = named or part != ".."
    if path == path.parent:
        raise UsageError(f"`{given}` cannot be a project's directory", hint=_EXAMPLE)
    _check_text(path)


def _check_text(path: PurePath) -> None:
    """Raise InvalidDestination for characters that no shell takes, and for lengths that no system does."""
    for char in "".join(path.relative_to(path.anchor).parts):  # not the separators of Windows
        if char in _DANGEROUS or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            raise _unfit(
                f"the path {printable(str(path))} has the character {char!a} (U+{ord(char):04X})",
                "a shell would misread the environment's scripts there: choose another directory",
            )
    if (size := len(os.fsencode(path.name))) > _LONGEST_NAME:
        raise _unfit(
            f"the name `{path.name[:40]}...` has {size} bytes, more than {_LONGEST_NAME}",
            "choose a shorter one",
        )
    if (size := len(os.fsencode(path))) > _LONGEST_PATH:
        raise _unfit(
            f"the path `{str(path)[:40]}...` has {size} bytes, which is too long for the files below it",
            "choose a shorter path",
        )


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        read_only = _is_mounted_with(folder, "ST_RDONLY")
        reason = "on a read-only file system" if read_only else "not writable"
        raise _unfit(f"the directory `{folder}` is {reason}")


def _unfit(message: str, hint: str = "choose another directory") -> InvalidDestination:
    return InvalidDestination(message, hint=hint)


def check_contents(path: Path) -> None:
    """Raise ProjectExists for a project, or what is left of one; any other files may be there.

    What a killed run of `flaskgen new` left does not count.
    """
    own = path / LOG.parent
    try:
        any(path.iterdir())
        entries = {entry.name for entry in own.iterdir()} if own.is_dir() else None
    except OSError as error:
        raise _unfit(f"cannot read `{error.filename}`: {error.strerror}") from error
    _check_writable(path)
    if not os.path.lexists(own):
        return
    log = read_log(path / LOG)
    if log and log.creates:
        return
    if (path / RECORD_PATH).exists():
        raise ProjectExists(
            f"`{path.name}` is already a flaskgen project",
            hint="choose another name, or remove the directory first",
        )
    # A run puts nothing else there before it notes anything.
    if entries is None or own.is_symlink() or not entries <= {LOCK.name, LOG.name}:
        raise ProjectExists(
            f"`{path.name}` has a `{own.name}` that is not of this project", hint=f"remove `{own}` first"
        )


def check_targets(project: Path, paths: Iterable[PurePosixPath]) -> None:
    """Raise CannotWrite for a file that cannot be written below ``project``, before anything is.

    In the way are files where a directory has to be, links out of the project, protected files, and names
    that some file systems take for the same.
    """
    listed: dict[Path, set[str]] = {}
    for path in sorted(paths):
        entry = project
        for part in path.parts:
            parent, entry = entry, entry / part
            if parent not in listed:
                listed[parent] = set(os.listdir(parent))
            if part not in listed[parent]:
                _require_no_twin(entry, listed[parent], project)
                break
            if entry.is_symlink():
                require_inside([entry], project)
            if entry != project / path and not entry.is_dir():
                raise CannotWrite(
                    f"`{entry.relative_to(project)}` is not a directory, but the project has {path}",
                    hint="move it out of the way",
                )
        resolve_target(project / path, exists=(project / path).exists())


def _require_no_twin(entry: Path, names: set[str], project: Path) -> None:
    """Raise CannotWrite if an entry differs from one that is there in nothing but upper and lower case."""
    twin = next((name for name in names if name.casefold() == entry.name.casefold()), None)
    if twin:
        raise CannotWrite(
            f"`{entry.with_name(twin).relative_to(project)}` and the project's"
            f" {entry.relative_to(project)} differ in case only",
            hint="Windows and macOS take them for one: rename or remove yours",
        )


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


def check_programs_start(environment: Path) -> None:
    """Raise InvalidDestination if no program of an environment could be started."""
    nearest = nearest_existing(environment.parent)
    if _is_mounted_with(nearest, "ST_NOEXEC"):
        raise _unfit(
            f"`{nearest}` is mounted noexec: programs of an environment could not be started there",
            "choose another directory, or pass --no-install",
        )


def _is_mounted_with(folder: Path, flag: str) -> bool:
    return hasattr(os, flag) and bool(os.statvfs(folder).f_flag & getattr(os, flag))
