"""The backup of a change: what each file held before, and what it was to hold after."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from flaskgen.errors import CannotWrite

CHANGE = Path(".flaskgen", "change")
"""The backup of the change that is being made."""
BACKUP = Path(".flaskgen", "backup")
"""That of the last change which was made."""
_INDEX = "change.json"
_FILES = "files"


@dataclass(frozen=True)
class SavedFile:
    """One file of a change; None stands for a file that is not there."""

    path: str
    before: str | None
    """The SHA-256 of its content."""
    after: str | None
    mode: int | None = None
    """What it may be done with, of a file that the change takes away."""


@dataclass(frozen=True)
class Backup:
    """All that is needed to take a change back."""

    title: str
    """What was typed: ``add mail``."""
    files: tuple[SavedFile, ...]
    folders: tuple[str, ...] = ()
    """Folders that the change makes, outer ones first."""
    installed: tuple[str, ...] = ()
    """Requirement lines of the packages that it brought into the environment."""
    uninstalled: tuple[str, ...] = ()
    """Requirement lines of those that it took away, or replaced by another version."""
    entries: tuple[str, ...] = ()
    """What was in the environment before anything was installed."""
    folder: Path = field(default=Path(), compare=False)

    def content_before(self, file: SavedFile) -> bytes | None:
        """Give what a file held."""
        return None if file.before is None else (self.folder / _FILES / file.path).read_bytes()


def write_backup(folder: Path, backup: Backup, contents: Mapping[PurePosixPath, bytes]) -> Backup:
    """Write a backup with what files held before, its index last: a folder without one is none.

    One that is there stays until the new one is whole. The folder ignores itself in git. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / ".gitignore", b"*\n")
    for path, content in contents.items():
        target = folder / _FILES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, content)
    facts = {key: value for key, value in asdict(backup).items() if key != "folder"}
    _write(folder / f"{_INDEX}.new", json.dumps(facts, indent=1).encode())
    os.replace(folder / f"{_INDEX}.new", folder / _INDEX)
    return Backup(**{**vars(backup), "folder": folder})


def read_backup(folder: Path) -> Backup | None:
    """Read a backup; None where there is none. Raises CannotWrite for one that cannot be read."""
    try:
        facts: dict[str, Any] = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        files = tuple(SavedFile(**file) for file in facts["files"])
        lists = {key: tuple(facts[key]) for key in ("folders", "installed", "uninstalled", "entries")}
        backup = Backup(str(facts["title"]), files, **lists, folder=folder)
        _check(backup)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CannotWrite(
            f"the backup in `{folder}` cannot be read", hint="take from it what you need, and remove it"
        ) from error
    return backup


def _check(backup: Backup) -> None:
    """Raise ValueError where a path leads out of the project: the folder may come from elsewhere."""
    for text in (*(file.path for file in backup.files), *backup.folders):
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"{text} is not below the project")


def digest(content: bytes | None) -> str | None:
    """Give the SHA-256 by which a backup knows a content."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def remove_backup(folder: Path) -> None:
    """Remove a backup, its index first, so that no half of one passes for a whole."""
    with contextlib.suppress(OSError):
        (folder / _INDEX).unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
