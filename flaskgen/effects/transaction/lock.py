"""The lock of a run on a project: it dies with the run, and programs that outlive the run are waited for."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from flaskgen.effects.system.file_lock import lock
from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.scratch import remove_abandoned
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.log import LOG, UNDO, remove_if_empty
from flaskgen.errors import CannotWrite, Fix

LOCK = Path(".flaskgen", "lock")
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
                    self._own = lock(self._file)
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
            self._shared = lock(self._file.parent)
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
