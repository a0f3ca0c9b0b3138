"""Take the last change of a project back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from flaskgen.commands.environment_packages import EnvironmentPackages, PackageSettings, own_environment
from flaskgen.effects.packages.hash_sources import locked_hashes
from flaskgen.effects.project.environment_lookup import project_environment
from flaskgen.effects.system.interruptions import carried_through
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.backup import BACKUP, Backup, read_backup
from flaskgen.effects.transaction.project_change import (
    recover,
    take_back,
    touched_since,
    withdraw_announcement,
)
from flaskgen.errors import CannotWrite, FlaskgenError, Interrupted
from flaskgen.planning.merging.plan import Status
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.requirements_text import parse_pins

_FILES_ALONE = "the files are as they were, and the environment is not"


@dataclass(frozen=True)
class UndoProposal:
    """A change that can be taken back."""

    project: Path
    backup: Backup

    @property
    def files(self) -> dict[str, Status]:
        """What happens to each file."""
        return {file.path: _status(file.before, file.after) for file in self.backup.files}


def propose_undo(project: Path) -> UndoProposal:
    """Find the last change.

    Raises CannotWrite where there is none, or where one of its files has been edited since: to take it back
    would lose that.
    """
    backup = read_backup(project / BACKUP)
    if backup is None:
        raise CannotWrite("there is no change to undo", hint="`git log` shows older ones")
    touched = touched_since(project, backup)
    if touched:
        names = ", ".join(f"`{path}`" for path in touched[:5]) + (", ..." if len(touched) > 5 else "")
        raise CannotWrite(
            f"cannot undo `{backup.title}`: since then {names} changed",
            hint=f"the files as they were before are in {BACKUP / 'files'}",
        )
    return UndoProposal(project, backup)


def undo(proposal: UndoProposal, settings: PackageSettings, *, install: bool, session: Session) -> None:
    """Give every file back what it held, then the environment its packages; a package that fails is told."""
    environment = (
        own_environment(proposal.project, project_environment(proposal.project)) if install else None
    )
    with carried_through("the change is taken back"), session.reporter.step("Restore the project's files"):
        take_back(proposal.project, proposal.backup)
    if environment is None:
        return
    come, gone = _packages(proposal.backup)
    if not (come or gone):
        return
    try:
        with session.reporter.step("Restore the environment's packages"):
            EnvironmentPackages(environment, settings).revert(come, gone, session=session)
    except FlaskgenError as error:
        session.reporter.warn(f"{_FILES_ALONE}: {error.message}")
    except Interrupted as stop:
        stop.add_note(_FILES_ALONE)
        raise


def put_right(project: Path, settings: PackageSettings, *, install: bool, session: Session) -> None:
    """Take back a change that was killed, and say so; without ``install`` its packages stay for later.

    Raises CannotWrite.
    """
    recovered = recover(project)
    if recovered is None:
        return
    backup, edited = recovered
    session.reporter.warn(f"`flaskgen {backup.title}` was cut off: its changes are taken back")
    for name in edited:
        session.reporter.warn(f"{name} was edited since, and stays as it is")
    come, gone = _packages(backup)
    concerned = install and (come or gone)
    environment = own_environment(project, project_environment(project)) if concerned else None
    if environment:
        replaced = {pin.name: pin for pin in gone}
        packages = EnvironmentPackages(environment, settings)
        packages.withdraw(PackageChange(come, replaced=replaced), backup.entries, session=session)
    withdraw_announcement(project)


def _packages(backup: Backup) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
    """Give the packages that came, and those that went, with the hashes that flaskgen knows."""
    hashes = locked_hashes()
    come = tuple(pin for line in backup.installed for pin in parse_pins(line))
    gone = map(_pin, backup.uninstalled)
    return come, tuple(replace(pin, hashes=hashes.get((pin.name, pin.version), ())) for pin in gone)


def _pin(line: str) -> Pin:
    """Read the line of a package; what is not NAME==VERSION tells its source."""
    pins = parse_pins(line)
    return pins[0] if pins else Pin(line, "", reference=line)


def _status(before: str | None, after: str | None) -> Status:
    if after is None:
        return Status.CREATE
    return Status.DELETE if before is None else Status.UPDATE
