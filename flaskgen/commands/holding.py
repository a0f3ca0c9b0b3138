"""Hold a project for a command; the packages that a killed one took from its environment come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import own_environment
from flaskgen.effects.python.records import remove_new_entries
from flaskgen.effects.shipped.compatibility_data import locked_hashes
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import hold_project, require_no_interrupted_change
from flaskgen.effects.transaction.log import LoggedPackages
from flaskgen.effects.transaction.recovery import RestorePackages
from flaskgen.planning.packages.pins import Pin, parse_pins

if TYPE_CHECKING:
    from flaskgen.commands.plan import Settings


@contextmanager
def held(project: Path, settings: Settings | None, session: Session, *, dry_run: bool) -> Iterator[None]:
    """Hold a project and roll back what a killed run left in it; a dry run does neither.

    Packages come back by the settings as for ``package_restorer``.
    """
    if dry_run:
        require_no_interrupted_change(project)
        yield
        return
    restore = package_restorer(project, settings, session)
    with hold_project(project, session=session, restore=restore):
        yield


def package_restorer(project: Path, settings: Settings | None, session: Session) -> RestorePackages | None:
    """Return a function that restores the packages which a project's environment had before a change.

    Without settings they come from where pip would take them; None if nothing is to be installed.
    """
    if settings and not settings.install:
        return None

    def restore(logged: LoggedPackages) -> None:
        environment = own_environment(project)
        if environment is None:
            return
        come, gone = logged_pins(logged)
        remove_new_entries(environment, {pin.name for pin in come}, before=logged.entries)
        if gone:
            sources = settings.sources if settings else configured_sources()
            Uv(session, sources).install(gone, python=environment.python, exact=False)

    return restore


def logged_pins(logged: LoggedPackages) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
    """Return the packages that came and those that went, with the hashes that flaskgen knows."""
    come = tuple(pin for pin in parse_pins("\n".join(logged.installed)) if not pin.reference)
    if not logged.uninstalled:
        return come, ()
    hashes = locked_hashes()
    gone = parse_pins("\n".join(logged.uninstalled))
    return come, tuple(pin._replace(hashes=hashes.get((pin.name, pin.version), ())) for pin in gone)
