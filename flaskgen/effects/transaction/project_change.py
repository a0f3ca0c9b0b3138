"""Change the files of a project: all of them or none, even where the run is killed in the middle."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.transaction.atomic_write import remove_leftovers, write_together
from flaskgen.effects.transaction.backup import (
    BACKUP,
    CHANGE,
    Backup,
    SavedFile,
    digest,
    read_backup,
    remove_backup,
    write_backup,
)
from flaskgen.effects.transaction.journal import remove_if_empty
from flaskgen.effects.transaction.project_files import read_files
from flaskgen.errors import CannotWrite

Contents = Mapping[PurePosixPath, bytes | None]
"""What files are to hold; None takes a file away."""


@dataclass(frozen=True)
class PackageLines:
    """What a change does to the environment."""

    installed: tuple[str, ...] = ()
    """Requirement lines of what comes."""
    uninstalled: tuple[str, ...] = ()
    """Those of what goes, or is replaced."""
    entries: tuple[str, ...] = ()
    """What is in the environment before."""


def make_change(
    project: Path,
    contents: Contents,
    *,
    title: str,
    private: frozenset[PurePosixPath] = frozenset(),
    packages: PackageLines | None = None,
    undoable: bool = True,
) -> None:
    """Give files their new contents, and keep the old ones as the project's backup if it is ``undoable``.

    ``packages`` are what was done to the environment, for the backup to know. The folder may be no project.
    A failure or an interruption leaves every file as it was; what a kill leaves, ``recover`` puts right.
    Raises CannotWrite.
    """
    before = read_files(project, contents)
    changed = {path: content for path, content in contents.items() if content != before.get(path)}
    backup = Backup(
        title=title,
        files=tuple(_saved(project, path, before.get(path), content) for path, content in changed.items()),
        folders=_missing_folders(project, changed),
        **vars(packages or PackageLines()),
    )
    with interruptions_held():
        try:
            kept = {path: content for path, content in before.items() if path in changed}
            backup = write_backup(project / CHANGE, backup, kept)
            _apply(project, changed, private)
            if undoable:
                _commit(project)
            else:
                withdraw_announcement(project)
        except BaseException as error:
            _restore(project, backup)
            withdraw_announcement(project)
            if isinstance(error, OSError):
                raise _cannot_write(project, error) from error
            raise


def announce_packages(project: Path, packages: PackageLines, *, title: str) -> None:
    """Note what is about to be installed, so that a kill meanwhile is recognised. Raises CannotWrite."""
    try:
        write_backup(project / CHANGE, Backup(title, (), **vars(packages)), {})
    except OSError as error:
        raise _cannot_write(project, error) from error


def withdraw_announcement(project: Path) -> None:
    """Say that what was announced is not there any more."""
    remove_backup(project / CHANGE)
    remove_if_empty(project / CHANGE.parent)


def recover(project: Path) -> tuple[Backup, tuple[str, ...]] | None:
    """Take back a change that was killed: what it was, and the files that were edited since and stay so.

    None where there is none. What it did to the environment is for the caller to take back, and then
    ``withdraw_announcement``. Raises CannotWrite.
    """
    backup = read_backup(project / CHANGE)
    if backup is None:
        remove_backup(project / CHANGE)
        return None
    with interruptions_held():
        edited = _restore(project, backup)
    return backup, edited


def take_back(project: Path, backup: Backup) -> None:
    """Make the last change undone; the project has no backup then. Raises CannotWrite."""
    contents = {PurePosixPath(file.path): backup.content_before(file) for file in backup.files}
    make_change(project, contents, title=f"undo {backup.title}")
    for file in backup.files:
        if file.mode is not None:
            os.chmod(project / file.path, file.mode)
    remove_backup(project / BACKUP)


def touched_since(project: Path, backup: Backup) -> tuple[str, ...]:
    """Name the files of a change that are no longer as it left them."""
    now = read_files(project, (PurePosixPath(file.path) for file in backup.files))
    return tuple(
        file.path for file in backup.files if digest(now.get(PurePosixPath(file.path))) != file.after
    )


def _cannot_write(project: Path, error: OSError) -> CannotWrite:
    where = error.filename or project
    return CannotWrite(f"cannot write `{where}`: {error.strerror}", hint="nothing was changed")


def _saved(project: Path, path: PurePosixPath, before: bytes | None, after: bytes | None) -> SavedFile:
    mode = (project / path).stat().st_mode & 0o7777 if before is not None and after is None else None
    return SavedFile(str(path), digest(before), digest(after), mode)


def _missing_folders(project: Path, contents: Contents) -> tuple[str, ...]:
    written = [path for path, content in contents.items() if content is not None]
    parents = {parent for path in written for parent in path.parents}
    missing = [parent for parent in parents if not (project / parent).exists()]
    return tuple(str(parent) for parent in sorted(missing, key=lambda parent: len(parent.parts)))


def _apply(project: Path, contents: Contents, private: frozenset[PurePosixPath]) -> None:
    written = {project / path: content for path, content in contents.items() if content is not None}
    for target in written:
        target.parent.mkdir(parents=True, exist_ok=True)
    write_together(written, private={project / path for path in private})
    gone = [project / path for path, content in contents.items() if content is None]
    for target in gone:
        target.unlink(missing_ok=True)
    _remove_empty(
        {parent for target in gone for parent in target.parents if parent.is_relative_to(project)}, project
    )


def _commit(project: Path) -> None:
    """Make the change the last one that was made; from here on it is not taken back by itself."""
    remove_backup(project / BACKUP)
    os.replace(project / CHANGE, project / BACKUP)


def _restore(project: Path, backup: Backup) -> tuple[str, ...]:
    """Give files back what they held, except those that are neither as before nor as after the change."""
    now = read_files(project, (PurePosixPath(file.path) for file in backup.files))
    old: dict[Path, bytes] = {}
    edited = []
    for file in backup.files:
        content = now.get(PurePosixPath(file.path))
        remove_leftovers(project / file.path)
        if digest(content) == file.before:
            continue
        if digest(content) != file.after:
            edited.append(file.path)
        elif (before := backup.content_before(file)) is None:
            (project / file.path).resolve().unlink()  # of a link that led nowhere, what it leads to now
        else:
            old[project / file.path] = before
    for target in old:
        target.parent.mkdir(parents=True, exist_ok=True)
    write_together(old)
    for file in backup.files:
        if file.mode is not None and project / file.path in old:
            os.chmod(project / file.path, file.mode)
    _remove_empty({project / folder for folder in backup.folders}, project)
    return tuple(edited)


def _remove_empty(folders: Iterable[Path], project: Path) -> None:
    """Remove folders that have nothing in them but what Python compiled."""
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        if folder == project or folder.is_symlink() or not folder.is_dir():
            continue
        if {entry.name for entry in folder.iterdir()} <= {"__pycache__"}:
            shutil.rmtree(folder / "__pycache__", ignore_errors=True)
            with contextlib.suppress(OSError):
                folder.rmdir()
