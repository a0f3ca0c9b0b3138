"""Roll back a change that failed or was killed, and complete one that was committed."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.scratch import remove_tree
from flaskgen.effects.transaction.files import (
    is_below,
    leading_out,
    read_file,
    real_path,
    remove_empty,
    remove_if_empty,
    remove_staged,
    stage,
)
from flaskgen.effects.transaction.log import (
    POINTER,
    UNDO,
    Log,
    LoggedFile,
    LoggedPackages,
    digest,
    points_to,
    remove_log,
)
from flaskgen.errors import FlaskgenError

RestorePackages = Callable[[LoggedPackages], None]
"""Gives the environment the packages back that it had. Raises FlaskgenError or OSError."""


class RolledBack(NamedTuple):
    kept: tuple[str, ...]
    """Files that stay as they are, each with the reason."""
    left: tuple[str, ...]
    """What could not be put back, each with the reason; the log stays then, for the next run to try again."""

    @property
    def notes(self) -> tuple[str, ...]:
        again = (f"{what}; the next flaskgen command here tries again" for what in self.left)
        return (*self.kept, *again)


def roll_back(project: Path, log: Log, restore: RestorePackages | None, *, own: bool = False) -> RolledBack:
    """Put back what a change had made or replaced, and nothing else, whatever its log claims.

    ``own`` says that the log is this run's. One that was read may be anyone's: no link is followed out of the
    project, and elsewhere only what points to the project is removed. What somebody put into a directory of
    the change stays, and the directory with it.
    """
    left: list[str] = []
    kept: list[str] = []
    if log.packages and restore:
        try:
            restore(log.packages)
        except (OSError, FlaskgenError) as error:
            names = ", ".join(log.packages.uninstalled or log.packages.installed)
            left.append(f"cannot restore the environment ({names}): {_reason(error)}")
    with interruptions_held():
        left += _remove_elsewhere(project, log, own=own)
        for name in log.trees:
            if is_below(project / name, project):
                left += _remove_tree(project / name)
        for name in log.replaced:
            if is_below(project / name, project):
                left += _bring_back(project, log, name)
        for file in log.files:
            try:
                reason = _put_back(project, log, file, own=own)
            except (OSError, FlaskgenError) as error:
                left.append(f"cannot restore `{file.path}`: {_reason(error)}")
            else:
                kept += [f"`{file.path}` {reason}, and stays as it is"] if reason else []
        remove_empty({project / name for name in log.directories}, project)
        if not left:
            try:
                remove_if_empty(project / UNDO)
                remove_log(log.directory)
            except OSError as error:
                left.append(f"cannot remove `{log.directory}`: {_reason(error)}")
    return RolledBack(tuple(kept), tuple(left))


def _reason(error: OSError | FlaskgenError) -> str:
    return error.message if isinstance(error, FlaskgenError) else error.strerror or str(error)


def finish(log: Log, project: Path) -> None:
    """Complete a change that takes another one back and is committed: neither is kept. Raises OSError."""
    if log.undoes is not None:
        remove_log(project / UNDO / log.undoes)
        remove_if_empty(project / UNDO)
    remove_log(log.directory)


def _put_back(project: Path, log: Log, file: LoggedFile, *, own: bool) -> str | None:
    """Restore the content of a file; return why it stays as it is, or None."""
    path = project / file.path
    if not own and any(leading_out([path], project)):
        return "is outside the project"
    target = real_path(path)
    remove_staged(target)
    if os.path.lexists(target) and not target.is_file():
        return "was replaced in the meantime"
    now = digest(read_file(target))
    if now == file.before:
        return None
    if now != file.after:
        return "was edited in the meantime"
    before = log.content_before(file)
    if before is None:
        path.unlink()
        _remove_bytecode(path)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(stage(target, before, exists=now is not None, mode=file.mode), target)
    return None


def _remove_elsewhere(project: Path, log: Log, *, own: bool) -> list[str]:
    """Remove the directories of a change that are not below the project; return what could not be removed."""
    left = []
    for tree in map(Path, log.outside):
        if points_to(tree, project):
            left += _remove_tree(tree)
        elif own:
            remove_if_empty(tree)
        else:
            continue
        for parent in map(Path, log.parents):
            if tree.is_relative_to(parent):
                remove_if_empty(parent)
    return left


def _bring_back(project: Path, log: Log, name: str) -> list[str]:
    """Put a replaced directory into its place again; return what could not be done, with the reason.

    What an undo had moved there goes back to the change that it undoes.
    """
    place, aside = project / name, log.aside(name)
    undone = Log(project / UNDO / log.undoes, "").aside(name) if log.undoes is not None else None
    try:
        if undone is not None and not os.path.lexists(undone) and os.path.lexists(place):
            os.replace(place, undone)
        if not os.path.lexists(aside):
            return []
        left = _remove_tree(place)
        if not left:
            os.replace(aside, place)
    except OSError as error:
        return [f"cannot restore `{name}`: {error.strerror}"]
    return left


def _remove_tree(tree: Path) -> list[str]:
    """Remove a directory with all that is in it; return what could not be removed first, with the reason.

    A pointer to the project goes when the rest is gone, so that what is left is still known by it.
    """
    failed: list[OSError] = []
    if tree.is_symlink() or not tree.is_dir():
        return []
    try:
        for entry in sorted(tree.iterdir(), key=lambda entry: entry.name == POINTER):
            if entry.is_dir() and not entry.is_symlink():
                failed += remove_tree(entry)
            elif not failed:
                entry.unlink(missing_ok=True)
        if not failed:
            tree.rmdir()
    except OSError as error:
        failed.append(error)
    return [f"cannot remove `{error.filename}`: {error.strerror}" for error in failed[:1]]


def _remove_bytecode(module: Path) -> None:
    """Remove what Python compiled of one module: beside it there may be what was compiled of the user's."""
    directory = module.parent / "__pycache__"
    if not directory.is_symlink():
        for compiled in directory.glob(f"{glob.escape(module.stem)}.*.pyc"):
            with contextlib.suppress(OSError):
                compiled.unlink()
        remove_if_empty(directory)
