"""All that one command writes to a project: it stays whole, or none of it does, even after a kill."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_file, read_files, resolve_target, stage
from flaskgen.effects.transaction.log import (
    LOG,
    Log,
    LoggedFile,
    LoggedPackages,
    digest,
    is_empty,
    keep_for_undo,
    missing_parents,
    remove_log,
)
from flaskgen.effects.transaction.recovery import RestorePackages, finish, remove_empty, roll_back
from flaskgen.errors import CannotWrite, FilesChanged

Contents = Mapping[PurePosixPath, bytes | None]
"""What files are to hold; None takes a file away."""


class Transaction:
    """A change of one project that is noted before it is made. ``transaction`` begins and ends one."""

    def __init__(self, project: Path, log: Log, session: Session, restore: RestorePackages | None) -> None:
        self._project, self._log, self._session, self._restore = project, log, session, restore
        self.committed = False

    def will_make(self, trees: Iterable[Path]) -> None:
        """Note whole directories, here or elsewhere, that are about to be made.

        What exists already is not this change's to remove. Raises CannotWrite.
        """
        for tree in trees:
            if tree.is_relative_to(self._project):
                if not os.path.lexists(tree):
                    self._log.trees += (tree.relative_to(self._project).as_posix(),)
            elif not os.path.lexists(tree) or is_empty(tree):  # what a kill leaves that nothing points from
                self._log.outside += (str(tree),)
                self._log.parents += tuple(str(parent) for parent in tree.parents if not parent.exists())
        self._save({})

    def will_change_packages(self, packages: LoggedPackages) -> None:
        """Note what is about to be installed and uninstalled. Raises CannotWrite."""
        self._log.packages = packages
        self._save({})

    def write(
        self,
        contents: Contents,
        *,
        seen: Mapping[PurePosixPath, bytes],
        private: frozenset[PurePosixPath] = frozenset(),
        modes: Mapping[PurePosixPath, int] | None = None,
    ) -> None:
        """Give files their new contents; an existing one keeps its mode, a link its place and its target.

        ``seen`` is what they held when that was decided; new files that are ``private`` are for their owner
        only, and ``modes`` are for files that come back. Raises FilesChanged, with nothing written, if a file
        holds something else by now, and CannotWrite; then some may be written.
        """
        changed = {path: content for path, content in contents.items() if content != seen.get(path)}
        before = read_files(self._project, changed)
        _require_same(before, seen, changed)
        targets = self._targets(changed, before)
        files = {file.path: file for file in self._log.files}
        for path, content in changed.items():
            files[str(path)] = _logged(targets[path], path, before.get(path), content)
        self._log.files = tuple(files.values())
        new = [path for path, content in changed.items() if content is not None and path not in before]
        self._log.directories += tuple(missing_parents(new, self._project))
        self._save(before)
        try:
            self._replace(
                {targets[path]: content for path, content in changed.items()}, targets, seen, private
            )
            for path, mode in (modes or {}).items():
                os.chmod(targets[path], mode)
        except OSError as error:
            raise _cannot_write(error, self._project) from error

    def _replace(
        self,
        contents: Mapping[Path, bytes | None],
        targets: Mapping[PurePosixPath, Path],
        seen: Mapping[PurePosixPath, bytes],
        private: frozenset[PurePosixPath],
    ) -> None:
        staged: dict[Path, Path] = {}
        secret = {targets[path] for path in private if path in targets}
        try:
            for target, content in contents.items():
                if content is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    staged[target] = stage(target, content, private=target in secret)
            for path, target in targets.items():
                if read_file(target) != seen.get(path):
                    raise FilesChanged([str(path)])
                if target in staged:
                    os.replace(staged[target], target)
                    del staged[target]
                else:
                    target.unlink(missing_ok=True)
        finally:
            for left in staged.values():
                with contextlib.suppress(OSError):  # the log knows it as well
                    left.unlink()
        gone = [path for path, content in contents.items() if content is None]
        remove_empty({parent for path in gone for parent in path.parents}, self._project)

    def _targets(
        self, contents: Contents, before: Mapping[PurePosixPath, bytes]
    ) -> dict[PurePosixPath, Path]:
        targets = {
            path: self._project / path
            if content is None
            else resolve_target(self._project / path, exists=path in before)
            for path, content in contents.items()
        }
        if len(set(targets.values())) < len(targets):
            names = " and ".join(f"`{path}`" for path in targets)
            raise CannotWrite(f"{names} are links to one file", hint="remove one of the links")
        return targets

    def commit(self, *, undoable: bool) -> None:
        """Make the change last; ``undoable`` keeps its log. Raises CannotWrite."""
        with interruptions_held():
            try:
                if self._log.undoes is not None:
                    self._log.committed = True
                    self._log.save()
                    self.committed = True
                    finish(self._log, self._project)
                elif undoable:
                    keep_for_undo(self._log, self._project)
                    self.committed = True
                else:
                    remove_log(self._log.directory)
                    self.committed = True
            except OSError as error:
                if not self.committed:
                    raise _cannot_write(error, self._project) from error
            self._session.committed = self._log.title

    def roll_back(self, error: BaseException) -> None:
        """Put everything back as it was, and add notes about what is left to the error that is the reason."""
        if not self._log.exists:
            shutil.rmtree(self._log.directory, ignore_errors=True)
            return
        rolled_back = roll_back(self._project, self._log, self._restore, own=True)
        for note in rolled_back.notes:
            error.add_note(note)

    def _save(self, contents: Mapping[PurePosixPath, bytes]) -> None:
        try:
            self._log.save(contents)
        except OSError as error:
            raise _cannot_write(error, self._project) from error


@contextmanager
def transaction(
    project: Path,
    title: str,
    *,
    session: Session,
    restore: RestorePackages | None = None,
    undoable: bool = True,
    undoes: Log | None = None,
    creates: bool = False,
    created: tuple[Path, ...] = (),
) -> Iterator[Transaction]:
    """Return a transaction on a project that this run holds; it is committed at the end of the block.

    If the block fails, everything is put back; the error then has notes about what could not be. ``undoes``
    is the change that this one takes back; ``creates`` says that it makes the project, in the directories
    ``created``.
    """
    log = Log(
        project / LOG,
        title,
        creates=creates,
        created=tuple(map(str, created)),
        undoes=undoes.directory.name if undoes else None,
    )
    change = Transaction(project, log, session, restore)
    try:
        if creates:
            change.will_make(())
        yield change
        change.commit(undoable=undoable and not creates)
    except BaseException as error:
        if not change.committed:
            with interruptions_held():
                change.roll_back(error)
        raise


def _logged(target: Path, path: PurePosixPath, before: bytes | None, after: bytes | None) -> LoggedFile:
    mode = None if before is None else target.stat().st_mode & 0o777
    return LoggedFile(str(path), digest(before), digest(after), mode)


def _require_same(
    now: Mapping[PurePosixPath, bytes], seen: Mapping[PurePosixPath, bytes], paths: Iterable[PurePosixPath]
) -> None:
    changed = [str(path) for path in paths if now.get(path) != seen.get(path)]
    if changed:
        raise FilesChanged(changed)


def _cannot_write(error: OSError, project: Path) -> CannotWrite:
    return CannotWrite(
        f"cannot write `{error.filename or project}`: {error.strerror}",
        hint="make room, or change the permissions there",
    )
