"""Let one run at a time change a project: the others wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.backup import CHANGE
from flaskgen.effects.transaction.journal import LOCK, MARKER
from flaskgen.effects.transaction.run_lock import RunLock
from flaskgen.errors import CannotWrite, NotAProject

_PATIENCE = 300.0
"""Seconds: an installation over a slow network may take some minutes."""


@contextmanager
def hold_project(project: Path, *, session: Session) -> Iterator[None]:
    """Hold a project, or any other folder, until the block is left; the lock dies with its holder.

    Raises NotAProject for one that is not finished, and CannotWrite where nothing can be written or another
    run holds the project for minutes.
    """
    lock = RunLock(project, session)
    try:
        _acquire(lock, project, session)
        require_finished(project)
        if (project / CHANGE).exists():
            lock.wait_for_programs()
        yield
    finally:
        lock.release()


def _acquire(lock: RunLock, project: Path, session: Session) -> None:
    try:
        if lock.acquire():
            return
        with session.reporter.step("Wait for another flaskgen in this project"):
            if lock.acquire(seconds=_PATIENCE):
                return
    except OSError as error:
        own = project / LOCK.parent
        folder = own if own.exists() else project
        raise CannotWrite(
            f"cannot write to `{folder}`: {error.strerror}", hint=f"allow it: chmod u+w {folder}"
        ) from error
    raise CannotWrite(
        f"another flaskgen has held `{project}` for {_PATIENCE:.0f} seconds", hint="end it, or wait for it"
    )


def require_finished(project: Path) -> None:
    """Raise NotAProject where a run of `flaskgen new` was cut off, or is at work."""
    if (project / MARKER).exists():
        raise NotAProject(
            f"`{project.name}` is not finished: `flaskgen new` was cut off there, or is at work",
            hint=f"make it again: flaskgen new {project.name}",
        )
