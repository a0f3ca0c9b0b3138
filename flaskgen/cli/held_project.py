"""Hold a project while a command looks at it and changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flaskgen.commands.environment_packages import PackageSettings
from flaskgen.commands.undo import put_right
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.backup import CHANGE, read_backup
from flaskgen.effects.transaction.project_lock import hold_project
from flaskgen.errors import CannotWrite, Interrupted


@contextmanager
def held(
    path: Path, packages: PackageSettings, *, install: bool = True, dry_run: bool, session: Session
) -> Iterator[None]:
    """Hold a project, and put right what a killed run left in it; a dry run does neither.

    Without ``install`` the environment stays as that run left it.
    """
    if dry_run:
        if interrupted := read_backup(path / CHANGE):
            raise CannotWrite(
                f"`flaskgen {interrupted.title}` was cut off here, and its files are half changed",
                hint="the next command that writes something puts that right first",
            )
        yield
        return
    done = False
    try:
        with hold_project(path, session=session):
            put_right(path, packages, install=install, session=session)
            yield
            done = True
    except Interrupted as stop:
        if not getattr(stop, "__notes__", None):
            stop.add_note("all was done" if done else "nothing was changed")
        raise
