"""The environment of a project, and the packages that it had before a change."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import project_environment
from flaskgen.effects.python.environments import Environment, read_environment
from flaskgen.effects.python.records import remove_new_entries
from flaskgen.effects.shipped.compatibility_data import locked_hashes
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.log import LoggedPackages
from flaskgen.effects.transaction.recovery import RestorePackages
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.packages.pins import Pin, parse_pins
from flaskgen.planning.packages.sources import PackageSources


def own_environment(project: Path) -> Environment | None:
    """Read a project's environment; None if there is none.

    Raises EnvironmentBroken, also if its Python is a file of the project: in a clone that may be anyone's
    program, and installing runs it.
    """
    path = project_environment(project)
    if not os.path.lexists(path):
        return None
    environment = read_environment(path)
    python = environment.python
    if python.suffix != ".exe" and python.resolve().is_relative_to(project.resolve()):
        raise EnvironmentBroken(
            f"`{python}` is not a link to an interpreter, so it could be any program",
            hint="create the environment again, or pass --no-install",
        )
    return environment


def package_restorer(project: Path, sources: PackageSources | None, session: Session) -> RestorePackages:
    """Return a function that restores the packages which a project's environment had before a change.

    Without ``sources`` they come from where pip would take them.
    """

    def restore(logged: LoggedPackages) -> None:
        environment = own_environment(project)
        if environment is None:
            return
        come, gone = logged_pins(logged)
        remove_new_entries(environment, {pin.name for pin in come}, before=logged.entries)
        if gone:
            Uv(session, sources or configured_sources()).add(gone, python=environment.python)

    return restore


def logged_pins(logged: LoggedPackages) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
    """Return the packages that came and those that went, with the hashes that flaskgen knows."""
    come = tuple(pin for pin in parse_pins("\n".join(logged.installed)) if not pin.reference)
    if not logged.uninstalled:
        return come, ()
    hashes = locked_hashes()
    gone = parse_pins("\n".join(logged.uninstalled))
    return come, tuple(replace(pin, hashes=hashes.get((pin.name, pin.version), ())) for pin in gone)
