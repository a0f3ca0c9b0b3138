"""Hold a project, or the place of a new one, for one run; what a killed run left is put back first."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.permissions import write_hint
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.destination import check_contents
from flaskgen.effects.transaction.lock import LOCK, ProjectLock
from flaskgen.effects.transaction.log import LOG, read_log, remove_if_empty
from flaskgen.effects.transaction.recovery import RestorePackages, finish, roll_back
from flaskgen.errors import CannotWrite, Interrupted, InvalidDestination, NotAProject, ProjectExists


@contextmanager
def hold_project(
    project: Path, *, session: Session, restore: RestorePackages | None = None
) -> Iterator[None]:
    """Hold a project, or any other directory, until the block is left; other runs wait.

    A change that was killed is rolled back first, with a warning that says so; ``restore`` gives the
    environment its packages back. Raises NotAProject for an incomplete project, and CannotWrite.
    """
    session.committed, session.restore = None, restore
    lock = ProjectLock(project, session)
    try:
        try:
            try:
                lock.acquire()
                require_complete(project)
                _recover(project, lock, session)
            except OSError as error:
                hint, fix = write_hint(error, project / LOCK)
                message = f"cannot write to `{project}`: {error.strerror}"
                raise CannotWrite(message, hint=hint, fix=fix) from error
            yield
        finally:
            lock.release()
    except Interrupted as stop:
        if not getattr(stop, "__notes__", None):
            done = session.committed
            stop.add_note(f"`flaskgen {done}` was completed" if done else "nothing was changed")
        raise


def require_complete(project: Path) -> None:
    """Raise NotAProject if a run of `flaskgen new` was interrupted there, or is still running."""
    log = read_log(project / LOG)
    if log and log.creates:
        raise NotAProject(
            f"`{project.name}` is incomplete: `flaskgen new` was interrupted or is still running",
            hint=f"create it again: flaskgen new {project.name}",
        )


def require_no_interrupted_change(project: Path) -> None:
    """Raise CannotWrite if a change was interrupted there, whose files may be half changed."""
    log = read_log(project / LOG)
    if log and not log.committed:
        raise CannotWrite(
            f"`flaskgen {log.title}` was interrupted here or is still running: some files may be changed",
            hint="the next command that writes something waits for it, or rolls it back first",
        )


@contextmanager
def hold_destination(
    path: Path, *, session: Session, restore: RestorePackages | None = None
) -> Iterator[tuple[Path, ...]]:
    """Make the directory of a new project and hold it; return the directories that were made for it.

    What a killed run left is rolled back first, as by ``hold_project``.

    If the block fails, they are removed again if nothing is in them, and the error has a note that says what
    is left. Raises ProjectExists if another run holds it or has made a project meanwhile, InvalidDestination
    or CannotWrite if it cannot be written.
    """
    session.committed, session.restore = None, restore
    created: list[Path] = []
    lock = ProjectLock(path, session)
    held = False
    try:
        try:
            with interruptions_held():  # a signal between a directory and its noting would leave it there
                _make_directories(path, created)
                _acquire_destination(path, lock, created, session)
                held = True
            yield tuple(created)
        finally:
            with interruptions_held():
                lock.release()
                for directory in created:
                    remove_if_empty(directory)
    except BaseException as error:
        if held:
            error.add_note(_what_is_left(path, session, created=bool(created)))
        elif isinstance(error, Interrupted):
            error.add_note("nothing was created")
        raise


def _make_directories(path: Path, created: list[Path]) -> None:
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    try:
        for directory in reversed(missing):
            directory.mkdir(exist_ok=True)
            created.insert(0, directory)
    except OSError as error:
        raise InvalidDestination(
            f"cannot create `{error.filename}`: {error.strerror}", hint="choose another directory"
        ) from error


def _acquire_destination(path: Path, lock: ProjectLock, created: list[Path], session: Session) -> None:
    try:
        if not lock.acquire(wait=False):
            raise ProjectExists(
                f"another flaskgen is creating `{path.name}` right now",
                hint="wait for it, or choose another name",
            )
        log = read_log(path / LOG)
        if log is None or log.creates:
            made = [Path(text) for text in (log.created if log else ()) if path.is_relative_to(text)]
            created += [directory for directory in made if directory not in created]
            _recover(path, lock, session)
        check_contents(path)
    except OSError as error:
        raise InvalidDestination(
            f"cannot write to `{path}`: {error.strerror}", hint="choose another directory"
        ) from error


def _recover(project: Path, lock: ProjectLock, session: Session) -> None:
    log = read_log(project / LOG)
    if log is None:  # a kill can leave the directory of one
        shutil.rmtree(project / LOG, ignore_errors=True)
        return
    if log.committed:
        with interruptions_held():
            finish(log, project)
        return
    lock.wait_for_programs()
    rolled_back = roll_back(project, log, session.restore)
    if rolled_back.left:
        leave = "; --no-install leaves the environment as it is" if log.packages and session.restore else ""
        raise CannotWrite(
            f"`flaskgen {log.title}` was interrupted here, and cannot be rolled back: {rolled_back.left[0]}",
            hint=f"fix that, and run the command again{leave}",
        )
    session.reporter.warn(f"`flaskgen {log.title}` was interrupted: its changes were rolled back")
    for kept in rolled_back.kept:
        session.reporter.warn(kept)


def _what_is_left(path: Path, session: Session, *, created: bool) -> str:
    if session.committed:
        return f"`{path.name}` is complete"
    if (path / LOG).exists():
        return f"`{path}` is incomplete: run the command again"
    if not created:
        return f"what was created in `{path.name}` was removed"
    if not path.exists():
        return f"what was created was removed: there is no `{path.name}`"
    return f"what was created was removed; `{path}` stays, because something else is in it"
