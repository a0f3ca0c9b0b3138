"""Let one run at a time change a project: the others wait."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flaskgen.effects.journal import LOCK, MARKER
from flaskgen.errors import CannotWrite, NotAProject
from flaskgen.reporting import Reporter

_PATIENCE = 300.0
"""Seconds: an installation over a slow network may take some minutes."""


@contextmanager
def hold_project(project: Path, *, reporter: Reporter) -> Iterator[None]:
    """Hold a project until the block is left; the lock dies with its holder.

    Raises NotAProject for one that is not finished, and CannotWrite where nothing can be written or another
    run holds the project for minutes.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(project / LOCK)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with reporter.step("Wait for another flaskgen in this project"):
                lock.acquire(timeout=_PATIENCE)
    except Timeout:
        raise CannotWrite(
            f"another flaskgen has held `{project}` for {_PATIENCE:.0f} seconds",
            hint="end it, or wait for it",
        ) from None
    except OSError as error:
        raise CannotWrite(
            f"cannot write to `{project / LOCK.parent}`: {error.strerror}",
            hint="allow it: chmod u+w .flaskgen",
        ) from error
    try:
        require_finished(project)
        yield
    finally:
        with contextlib.suppress(OSError):
            (project / LOCK).unlink()  # before the release, so that nobody can lock a file without a name
        lock.release()


def require_finished(project: Path) -> None:
    """Raise NotAProject where a run of `flaskgen new` was cut off, or is at work."""
    if (project / MARKER).exists():
        raise NotAProject(
            f"`{project.name}` is not finished: `flaskgen new` was cut off there, or is at work",
            hint=f"make it again: flaskgen new {project.name}",
        )
