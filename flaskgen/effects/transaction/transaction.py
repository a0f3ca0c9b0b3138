"""All that one command writes to a project: it stays whole, or none of it does, even after a kill."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.scratch import remove_tree
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import (
    is_empty,
    missing_parents,
    read_files,
    remove_empty,
    require_inside,
    resolve_target,
    stage,
    writing,
)
from flaskgen.effects.transaction.log import (
    LOG,
    Log,
    LoggedFile,
    LoggedPackages,
    digest,
    keep_for_undo,
    remove_log,
)
from flaskgen.effects.transaction.recovery import finish, roll_back
from flaskgen.errors import CannotWrite
from flaskgen.reporting import first_of

Contents = Mapping[PurePosixPath, bytes | None]
"""What files are to hold; None takes a file away."""


class Transaction:
    """A change of one project that is noted before it is made. ``transaction`` begins and ends one."""

    def __init__(self, project: Path, log: Log, session: Session) -> None:
        self._project, self._log, self._session = project, log, session
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

    def replace_tree(self, name: str, *, by: Path | None = None) -> None:
        """Move a whole directory of the project away, for another one to be made there, or moved there.

        Raises CannotWrite.
        """
        self._log.replaced += (name,)
        self._save({})
        aside = self._log.aside(name)
        with writing(self._project / name), interruptions_held():
            aside.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(self._project / name):
                os.replace(self._project / name, aside)
            if by is not None:
                os.replace(by, self._project / name)

    def will_change_packages(self, packages: LoggedPackages) -> None:
        """Note what is about to be installed and uninstalled. Raises CannotWrite."""
        self._log.packages = packages
        self._save({})

    def write(
        self,
        contents: Contents,
        *,
        seen: Mapping[PurePosixPath, bytes],
        modes: Mapping[PurePosixPath, int] | None = None,
    ) -> None:
        """Write files; an existing one keeps its mode, a link its place and its target.

        ``seen`` is what they held when that was decided, ``modes`` are for new files. If one holds something
        else by now, raises CannotWrite; some may be written then.
        """
        changed = {path: content for path, content in contents.items() if content != seen.get(path)}
        if not changed:
            return
        before = read_files(self._project, changed)
        _require_same(before, seen, changed)
        targets = {path: self._project / path for path in changed}
        removed = {targets[path] for path, content in changed.items() if content is None}
        require_inside(targets.values(), self._project, removed=removed)
        for path in (path for path, content in changed.items() if content is not None):
            targets[path] = resolve_target(targets[path], exists=path in before)
        self._require_distinct(targets, (*contents, *seen))
        files = [_logged(targets[path], path, before.get(path), changed[path]) for path in changed]
        self._log.files = tuple({file.path: file for file in (*self._log.files, *files)}.values())
        new = [path for path, content in changed.items() if content is not None and path not in before]
        self._log.directories += tuple(missing_parents(new, self._project))
        self._save(before)
        staged: dict[PurePosixPath, Path] = {}
        made: set[Path] = set()
        try:
            for path, content in changed.items():
                if content is not None:
                    with writing(targets[path]):
                        if (parent := targets[path].parent) not in made:
                            parent.mkdir(parents=True, exist_ok=True)
                            made.add(parent)
                        exists = path in before
                        mode = None if exists else (modes or {}).get(path)
                        staged[path] = stage(targets[path], content, exists=exists, mode=mode)
            for path, target in targets.items():
                _require_same(read_files(self._project, [path]), seen, [path])
                with writing(target):
                    if path in staged:
                        os.replace(staged[path], target)
                    else:
                        target.unlink(missing_ok=True)
        finally:
            for left in staged.values():
                with contextlib.suppress(OSError):  # most are in their places by now
                    left.unlink()
        gone = [targets[path] for path, content in changed.items() if content is None]
        remove_empty({parent for target in gone for parent in target.parents}, self._project)

    def _require_distinct(
        self, targets: Mapping[PurePosixPath, Path], paths: Iterable[PurePosixPath]
    ) -> None:
        """Raise CannotWrite if a link leads to the file of another path."""
        places = {self._project / path: path for path in paths}
        for path, target in targets.items():
            if (other := places.setdefault(target, path)) == path:
                continue
            if (self._project / other).is_symlink():
                raise CannotWrite(
                    f"`{other}` and `{path}` are links to the same file", hint="remove one of them"
                )
            raise CannotWrite(
                f"`{path}` is a link to `{other}`, which has content of its own", hint="remove the link"
            )

    def commit(self, *, undoable: bool) -> None:
        """Make the change last; ``undoable`` keeps its log. Raises CannotWrite."""
        with interruptions_held():
            with writing(self._log.directory):
                if self._log.undoes is not None:
                    self._log.committed = True
                    self._log.save()
                elif undoable:
                    keep_for_undo(self._log, self._project)
                else:
                    remove_log(self._log.directory)
            self.committed = True
            self._session.committed = self._log.title
            if self._log.undoes is not None:
                with contextlib.suppress(OSError):  # the next run does it then
                    finish(self._log, self._project)

    def roll_back(self, error: BaseException) -> None:
        """Put everything back as it was, and add notes about what is left to the error that is the reason."""
        if not self._log.exists:
            remove_tree(self._log.directory)
            return
        rolled_back = roll_back(self._project, self._log, self._session.restore, own=True)
        for note in rolled_back.notes:
            error.add_note(note)

    def _save(self, contents: Mapping[PurePosixPath, bytes]) -> None:
        with writing(self._log.directory):
            self._log.save(contents)


@contextmanager
def transaction(
    project: Path,
    title: str,
    *,
    session: Session,
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
    change = Transaction(project, log, session)
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
    changed = [f"`{path}`" for path in paths if now.get(path) != seen.get(path)]
    if changed:
        raise CannotWrite(
            f"{first_of(changed, 5)} changed while flaskgen was running", hint="run the command again"
        )
