"""The write-ahead log of a change: what it is about to make or replace, and what was there before."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from flaskgen.effects.system.scratch import remove_tree
from flaskgen.effects.transaction.files import read_file, write_durably
from flaskgen.errors import BrokenLog, CannotWrite

LOCK = Path(".flaskgen", "lock")
"""The file that is there while a run holds the project."""
LOG = Path(".flaskgen", "transaction")
"""The directory of the log of the change that is being made."""
UNDO = Path(".flaskgen", "undo")
"""The directory with the logs of the last changes that were made, by number."""
UNDOABLE = 10
"""How many changes can be undone, one after the other."""
POINTER = ".project"
"""A file in an environment outside the project that holds the project's path, as virtualenvwrapper has it."""
_INDEX = "log.json"
_FILES = "files"
_REPLACED = "replaced"


class LoggedFile(NamedTuple):
    """A file of a change; None stands for a file that is not there."""

    path: str
    before: str | None
    """The SHA-256 of its content."""
    after: str | None
    mode: int | None = None
    """The permissions that it had."""


class LoggedPackages(NamedTuple):
    """What a change does to the packages of the environment."""

    installed: tuple[str, ...] = ()
    """Requirement lines of what comes."""
    uninstalled: tuple[str, ...] = ()
    """Those of what goes, or is replaced by another version."""
    entries: tuple[str, ...] = ()
    """What the environment's directories of packages held before."""

    def __bool__(self) -> bool:
        return bool(self.installed or self.uninstalled)


@dataclass
class Log:
    """A change as far as it has been begun: all that it takes to roll it back."""

    directory: Path
    """Where the log lies."""
    title: str
    """What was typed: ``add mail``."""
    creates: bool = False
    """Whether the change makes the project."""
    created: tuple[str, ...] = ()
    """Directories that were made to hold the project, the deepest first, by their absolute paths."""
    undoes: str | None = None
    """The number of the change that this one takes back."""
    committed: bool = False
    files: tuple[LoggedFile, ...] = ()
    directories: tuple[str, ...] = ()
    """Directories that the files needed, the outer ones first."""
    trees: tuple[str, ...] = ()
    """Whole directories below the project."""
    replaced: tuple[str, ...] = ()
    """Whole directories below the project that other ones take the place of."""
    outside: tuple[str, ...] = ()
    """Whole directories elsewhere, by their absolute paths; each holds a pointer to the project."""
    parents: tuple[str, ...] = ()
    """Directories elsewhere that were made to hold those, the deepest first."""
    packages: LoggedPackages = LoggedPackages()  # noqa: RUF009 - it is immutable

    @property
    def exists(self) -> bool:
        return (self.directory / _INDEX).exists()

    def save(self, contents: Mapping[PurePosixPath, bytes] | None = None) -> None:
        """Replace the log on the disk, after saving what files hold; a kill leaves the old or the new one.

        It outlives the system as well where it protects anything, which takes milliseconds each time. Git
        ignores the directory, and so do tools that walk a project which is not in Git. Raises OSError.
        """
        if not self.directory.is_dir():
            self.directory.mkdir(0o700, parents=True, exist_ok=True)
            for name in (".gitignore", ".ignore"):
                (self.directory / name).write_bytes(b"*\n")
        for path, content in (contents or {}).items():
            target = self.directory / _FILES / path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_durably(target, content)
        facts = {key: value for key, value in vars(self).items() if key != "directory"}
        facts |= {"files": [file._asdict() for file in self.files], "packages": self.packages._asdict()}
        partial = self.directory / f"{_INDEX}.new"
        protects = not self.creates or any(file.before is not None for file in self.files)
        write = write_durably if protects else Path.write_bytes
        write(partial, json.dumps(facts).encode())
        os.replace(partial, self.directory / _INDEX)

    def content_before(self, file: LoggedFile) -> bytes | None:
        """Return what a file held. Raises BrokenLog or CannotWrite if the log has lost that."""
        if file.before is None:
            return None
        content = read_file(self.directory / _FILES / file.path)
        if digest(content) != file.before:
            raise _broken(self.directory / _FILES / file.path)
        return content

    def aside(self, name: str) -> Path:
        """Return where a replaced directory is kept."""
        return self.directory / _REPLACED / name


def read_log(directory: Path) -> Log | None:
    """Read a log; None if there is none.

    Raises CannotWrite if it cannot be read, and BrokenLog for one that no run wrote: in a clone it may be
    anyone's, and its paths must not lead out of the project.
    """
    index = directory / _INDEX
    content = read_file(index)
    if content is None:
        return None
    try:
        log = _parse(directory, json.loads(content))
        _check(log)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(index) from error
    return log


def _broken(path: Path) -> BrokenLog:
    return BrokenLog(
        f"`{path}` is not as flaskgen wrote it",
        hint=f"restore what you need from `{path.parent}`, and remove that directory",
    )


def _parse(directory: Path, facts: dict[str, Any]) -> Log:
    if facts.keys() != {one.name for one in fields(Log)} - {"directory"}:
        raise ValueError
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()
    }
    values["files"] = tuple(LoggedFile(**file) for file in facts["files"])
    values["packages"] = LoggedPackages(**{key: tuple(value) for key, value in facts["packages"].items()})
    return Log(directory, **values)


def _check(log: Log) -> None:
    """Raise ValueError or TypeError for what no run writes."""
    below = (*(file.path for file in log.files), *log.directories, *log.trees, *log.replaced)
    elsewhere = (*log.created, *log.outside, *log.parents)
    packages = (*log.packages.installed, *log.packages.uninstalled, *log.packages.entries)
    for text in (log.title, *below, *elsewhere, *packages):
        if b"\0" in os.fsencode(text):
            raise ValueError
    digests = (digest for file in log.files for digest in (file.before, file.after))
    if not all(digest is None or isinstance(digest, str) for digest in digests):
        raise ValueError
    if not (isinstance(log.creates, bool) and isinstance(log.committed, bool)):
        raise ValueError
    for path in map(PurePosixPath, below):
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError
    # An option among them, or on a line of its own, is what an installer would obey.
    if any(line.lstrip().startswith("-") or "\n" in line for line in packages):
        raise ValueError
    if not all(map(os.path.isabs, elsewhere)):
        raise ValueError
    if not (log.undoes is None or log.undoes.isdecimal()):
        raise ValueError
    if not all(file.mode is None or 0 <= file.mode <= 0o777 for file in log.files):
        raise ValueError


def read_undo_logs(project: Path) -> list[Log]:
    """Return the logs of the last changes, the newest first, up to one that cannot be read.

    Raises CannotWrite or BrokenLog if that is the newest.
    """
    logs: list[Log] = []
    last = read_log(project / LOG)
    undone = last.undoes if last and last.committed else None  # by a run that was killed at its very end
    for number in _numbers(project):
        if number == undone:
            continue
        try:
            log = read_log(project / UNDO / number)
        except (CannotWrite, BrokenLog):
            if logs:
                break
            raise
        if log is not None:
            logs.append(log)
    return logs[:UNDOABLE]


def keep_for_undo(log: Log, project: Path) -> None:
    """Make a finished change the first that can be undone, and drop the oldest if these are too many.

    The renaming is what commits the change. Raises OSError.
    """
    numbers = _numbers(project)
    (project / UNDO).mkdir(0o700, exist_ok=True)
    os.replace(log.directory, project / UNDO / f"{int(numbers[0]) + 1 if numbers else 1:06}")
    for number in numbers[UNDOABLE - 1 :]:
        with contextlib.suppress(OSError):
            remove_log(project / UNDO / number)


def remove_log(directory: Path) -> None:
    """Remove a log, which ends its change: the index first, so that no half of a log passes for one.

    Raises OSError if the index cannot be removed.
    """
    (directory / _INDEX).unlink(missing_ok=True)
    remove_tree(directory / _FILES)
    remove_tree(directory)  # until now, the rest of it ignored itself in Git


def _numbers(project: Path) -> list[str]:
    """Return the names of the logs of changes, the newest first; a link is none."""
    try:
        entries = [*(project / UNDO).iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    names = (entry.name for entry in entries if entry.name.isdecimal() and not entry.is_symlink())
    return sorted(names, key=int, reverse=True)


def digest(content: bytes | None) -> str | None:
    """Return the SHA-256 by which a log knows a content."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def points_to(environment: Path, project: Path) -> bool:
    """Return whether a directory elsewhere was made for the project, by its pointer."""
    try:
        return (environment / POINTER).read_text(encoding="utf-8").strip() == str(project)
    except (OSError, ValueError):
        return False
