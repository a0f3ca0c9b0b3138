"""Undo the last change of a project, and then the ones before it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.commands.existing_environment import ExistingEnvironment
from flaskgen.commands.freezing import install_steps
from flaskgen.commands.generating import files_left
from flaskgen.commands.holding import held, logged_pins
from flaskgen.commands.plan import ChangeSettings
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import locate_project, own_environment
from flaskgen.effects.project.revision_files import check_revisions
from flaskgen.effects.python.environments import Environment
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import leading_out, read_files
from flaskgen.effects.transaction.log import Log, LoggedFile, LoggedPackages, digest, read_undo_logs
from flaskgen.effects.transaction.transaction import Contents, transaction
from flaskgen.errors import CannotWrite
from flaskgen.planning.merging.plan import Status
from flaskgen.planning.merging.schema import schema_changes, tables_left
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.project.names import RECORD_PATH
from flaskgen.planning.project.record import parse_record
from flaskgen.reporting import first_of


class Undone(NamedTuple):
    """A change that was undone, or would be."""

    project: Path
    title: str
    """What had been typed: ``add mail``."""
    files: dict[str, Status]
    packages: LoggedPackages
    """What the change had done to the environment."""
    further: tuple[str, ...]
    """The changes that can be undone after this one, the newest first."""
    next_steps: tuple[str, ...] = ()
    environment: bool = False
    """Whether the environment that was there before is there again."""


def undo(
    directory: Path | str, *, settings: ChangeSettings | None = None, session: Session | None = None
) -> Undone:
    """Undo the last change of the project that ``directory`` is in: every file and package is as before.

    Raises CannotWrite if there is none, if one of its files was edited since, which would be lost,
    or if it wrote a revision that a database has or others build on; InstallFailed if a package cannot be had
    again. The project is then as it was.
    """
    settings, session = settings or ChangeSettings(), session or Session()
    project = locate_project(directory)
    with held(project, settings, session, dry_run=settings.dry_run):
        logs = read_undo_logs(project)
        if not logs:
            raise CannotWrite("nothing to undo", hint="`git log` shows older changes")
        log, *further = logs
        seen = _read_unchanged(project, log)
        next_steps = check_revisions(project, log, seen)
        files = [file for file in log.files if _digest_in(seen, file) != file.before]
        before = {PurePosixPath(file.path): log.content_before(file) for file in files}
        for note in _what_stays(before, seen):
            session.reporter.note(note)
        environment = own_environment(project) if settings.install and log.packages else None
        if environment is None and not (settings.install and log.replaced):
            next_steps = (*install_steps(seen, before), *next_steps)
        if not settings.dry_run:
            _undo(project, log, environment, before, seen, settings, session)
    return Undone(
        project,
        log.title,
        {file.path: _status(file) for file in files},
        log.packages,
        tuple(one.title for one in further),
        next_steps,
        environment=settings.install and bool(log.replaced),
    )


def _undo(
    project: Path,
    log: Log,
    environment: Environment | None,
    before: Contents,
    seen: Mapping[PurePosixPath, bytes],
    settings: ChangeSettings,
    session: Session,
) -> None:
    modes = {PurePosixPath(file.path): file.mode for file in log.files if file.mode is not None}
    with (
        transaction(project, f"undo {log.title}", session=session, undoes=log) as change,
        session.background() as background,
    ):
        work = None
        if environment:
            uv = Uv(session, settings.sources)
            work = ExistingEnvironment(environment, _reversed(log.packages), uv=uv)
            work.begin(change, background)
        for name in log.replaced if settings.install else ():
            if os.path.lexists(log.aside(name)):
                change.replace_tree(name, by=log.aside(name))
        with session.reporter.step("Restore the project's files"):
            change.write(before, seen=seen, modes=modes)
        if work:
            work.finish()


def _reversed(packages: LoggedPackages) -> PackageChange:
    come, gone = logged_pins(packages)
    returning = {pin.name for pin in gone}
    return PackageChange(
        install=gone,
        uninstall=tuple(pin for pin in come if pin.name not in returning),
        replaced={pin.name: pin for pin in come if pin.name in returning},
    )


def _read_unchanged(project: Path, log: Log) -> dict[PurePosixPath, bytes]:
    """Return what the files of a change hold: what it wrote or, where Git brought it back, what was before.

    Raises CannotWrite if one was edited since, or if a link leads out of the project: the log of a clone may
    be anyone's.
    """
    hint = f"the original files are in {log.directory / 'files'}"
    named = {project / name: name for name in (*(file.path for file in log.files), *log.replaced)}
    for path in leading_out(named, project, entries={project / name for name in log.replaced}):
        raise CannotWrite(f"cannot undo `{log.title}`: `{named[path]}` is outside the project", hint=hint)
    seen = read_files(project, (PurePosixPath(file.path) for file in log.files))
    touched = [
        f"`{file.path}`" for file in log.files if _digest_in(seen, file) not in (file.before, file.after)
    ]
    if touched:
        raise CannotWrite(f"cannot undo `{log.title}`: {first_of(touched, 5)} changed since", hint=hint)
    return seen


def _digest_in(seen: Mapping[PurePosixPath, bytes], file: LoggedFile) -> str | None:
    return digest(seen.get(PurePosixPath(file.path)))


def _what_stays(before: Contents, seen: Mapping[PurePosixPath, bytes]) -> Iterator[str]:
    """Yield what to say about the tables and the uploaded files of what the change had brought."""
    there = {path: content for path, content in before.items() if content is not None}
    if RECORD_PATH in there and RECORD_PATH in seen:
        new, old = (parse_record(tree[RECORD_PATH]) for tree in (seen, there))
        yield from files_left(new.resources, old.resources)
        if "migrate" not in new.extensions:
            yield from tables_left(schema_changes(seen, there))


def _status(file: LoggedFile) -> Status:
    if file.after is None:
        return Status.CREATE
    return Status.DELETE if file.before is None else Status.UPDATE
