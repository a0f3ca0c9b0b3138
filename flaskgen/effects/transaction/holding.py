"""Hold a project, or the place of a new one, for one run.

The lock dies with the run; what a killed run left is put back first, once the programs that outlived it end.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.scratch import remove_abandoned, remove_tree, try_lock
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.destination import check_contents
from flaskgen.effects.transaction.files import remove_if_empty, writing
from flaskgen.effects.transaction.log import LOCK, LOG, UNDO, read_log
from flaskgen.effects.transaction.recovery import RestorePackages, finish, roll_back
from flaskgen.errors import (
    CannotWrite,
    Fix,
    Interrupted,
    InvalidDestination,
    NotAProject,
    ProjectExists,
    advice_on,
)

_PATIENCE = 300.0
"""Seconds to wait for another run: an installation over a slow network may take some minutes."""
_PATIENCE_WITH_PROGRAMS = 10.0
"""Seconds for the programs of a killed run to notice that nobody reads what they say."""
_PAUSE = 0.05


class ProjectLock:
    """What one run at a time has on a project, or on any other directory.

    The file is locked by the run alone, so that a killed one is never taken for a living one. The directory
    that it lies in is locked by the run and by every program that it starts, until the last of them ends: a
    run that is killed alone leaves uv or git writing. If a system cannot lock a directory, they are not
    waited for.
    """

    def __init__(self, project: Path, session: Session) -> None:
        self._session = session
        self._file = project / LOCK
        self._own: int | None = None
        self._shared: int | None = None

    def acquire(self, *, wait: bool = True) -> bool:
        """Lock the project, if need be after another run; False if that has it and ``wait`` is not set.

        However it ends, also by a signal, ``release`` is to follow. Raises OSError, and CannotWrite if
        another run holds the project for minutes.
        """
        _check_umask()
        if self._acquire_at_once():
            return True
        if not wait:
            return False
        with self._session.reporter.step("Wait for another flaskgen in this project"):
            if _within(_PATIENCE, self._acquire_at_once):
                return True
        raise CannotWrite(
            f"another flaskgen has been using `{self._file.parent.parent}` for {_PATIENCE:.0f} seconds",
            hint="stop it, or wait for it",
        )

    def wait_for_programs(self) -> None:
        """Wait until the programs of a killed run have ended. Raises CannotWrite if they do not."""
        if not _within(_PATIENCE_WITH_PROGRAMS, self._hold_with_programs):
            raise CannotWrite(
                f"flaskgen was killed in `{self._file.parent.parent}`, and a program that it started "
                "is still writing there",
                hint="wait until that ends",
            )

    def release(self) -> None:
        """Release the project; ``.flaskgen`` goes with the lock if nothing else is in it."""
        with interruptions_held():
            if self._shared is not None:
                self._session.inherited.discard(self._shared)
                os.close(self._shared)
                self._shared = None
            if self._own is not None:
                if sys.platform == "win32":  # which removes no open file, so that the next run keeps its own
                    os.close(self._own)
                with suppress(OSError):
                    self._file.unlink()
                if sys.platform != "win32":  # after that, so that nobody can lock a file without a name
                    os.close(self._own)
                self._own = None
            remove_if_empty(self._file.parent)

    def _acquire_at_once(self) -> bool:
        with interruptions_held():  # a signal between the file and its lock would leave the file
            while True:
                try:
                    with suppress(FileExistsError):
                        self._file.parent.mkdir()
                    _require_own(self._file.parent)
                    self._own = try_lock(self._file)
                except (FileNotFoundError, FileExistsError):  # the run before has just removed the directory
                    if not self._file.parent.parent.exists():
                        raise
                    continue
                if self._own is None:
                    return False
                self._hold_with_programs()
                remove_abandoned()
                return True

    def _hold_with_programs(self) -> bool:
        """Lock what the programs of this run are to hold as well; False if those of another still do."""
        if self._shared is None and sys.platform != "win32":
            self._shared = try_lock(self._file.parent)
            if self._shared is None:
                return False
            self._session.inherited.add(self._shared)
        return True


def _within(seconds: float, attempt: Callable[[], bool]) -> bool:
    """Try again and again, once at least, until it is done or the time is over."""
    deadline = time.monotonic() + seconds
    while not attempt():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _require_own(directory: Path) -> None:
    """Raise CannotWrite if what flaskgen keeps there would be somewhere else: a clone may have any link."""
    for path in (directory, *(directory / one.name for one in (LOCK, LOG, UNDO))):
        if path.is_symlink():
            raise CannotWrite(f"`{path}` is a link, which flaskgen does not follow", hint="remove the link")
    if not stat.S_ISDIR(directory.lstat().st_mode):
        raise CannotWrite(f"`{directory}` is not a directory", hint="move it out of the way")


def _check_umask() -> None:
    """Raise CannotWrite if the umask takes the user's own rights to what is made."""
    umask = os.umask(0o077)
    os.umask(umask)
    if umask & 0o700:
        raise CannotWrite(
            f"the umask is {umask:03o}: new files would not be accessible to you",
            hint="set it: umask 022",
            fix=Fix(first="umask 022"),
        )


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
            with writing(project / LOCK, f"to `{project}`"):
                lock.acquire()
                require_complete(project)
                _recover(project, lock, session)
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
            f"cannot create `{error.filename}`: {error.strerror}",
            hint=advice_on(error, "choose another directory"),
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
            f"cannot write to `{path}`: {error.strerror}", hint=advice_on(error, "choose another directory")
        ) from error


def _recover(project: Path, lock: ProjectLock, session: Session) -> None:
    log = read_log(project / LOG)
    if log is None:  # a kill can leave the directory of one
        remove_tree(project / LOG)
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
