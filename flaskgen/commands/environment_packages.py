"""Change the packages of an environment that is there."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.environment_lookup import FoundEnvironment, read_environment
from flaskgen.effects.python.new_entries import list_entries, remove_new_entries
from flaskgen.effects.python.records import verify_records
from flaskgen.effects.system.session import Session
from flaskgen.errors import EnvironmentBroken, FlaskgenError, InstallFailed
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.packages.pins import Pin, normalized
from flaskgen.planning.packages.sources import PackageSources


@dataclass(frozen=True)
class PackageSettings:
    """Where packages come from."""

    sources: PackageSources = field(default_factory=PackageSources)


class EnvironmentPackages:
    """The packages of one environment."""

    def __init__(self, environment: FoundEnvironment, settings: PackageSettings) -> None:
        self._environment, self._settings = environment, settings

    def install(self, change: PackageChange, *, session: Session) -> None:
        """Bring in what is new. Raises InstallFailed; then some of it may be there, for ``withdraw``."""
        if not change.install:
            return
        with session.reporter.step(f"Install {', '.join(pin.line for pin in change.install)}"):
            rebuilt = self._add(change.install, session)
            self._require_whole({pin.name for pin in change.install})
        for name in rebuilt:
            session.reporter.warn(f"your index serves a different build of {name} than the tested one")

    def _require_whole(self, names: set[str]) -> None:
        for folder in self._environment.site_packages:
            for damaged in verify_records(folder):
                name = normalized(damaged.distribution.rpartition("-")[0])
                if name in names:
                    raise InstallFailed(
                        f"`{damaged.path.name}` of {damaged.distribution} is not the file that was packed",
                        hint=f"uv's cache is damaged: clean it with `uv cache clean {name}`",
                    )

    def entries(self) -> frozenset[str]:
        """Give what is in the environment now, for ``withdraw`` to know what is new."""
        return list_entries(self._environment)

    def withdraw(self, change: PackageChange, before: Container[str], *, session: Session) -> None:
        """Take out what ``install`` brought in, even half of it, and bring back what it replaced.

        ``before`` are the entries from before it. A failure is told only.
        """
        remove_new_entries(self._environment, {pin.name for pin in change.install}, before=before)
        try:
            self._add(tuple(change.replaced.values()), session)
        except FlaskgenError as error:
            names = ", ".join(pin.line for pin in change.replaced.values())
            session.reporter.warn(f"the environment goes without {names}: {error.message}")

    def revert(self, come: Sequence[Pin], gone: Sequence[Pin], *, session: Session) -> None:
        """Take out what a change brought in, and bring back what it took. Raises InstallFailed."""
        returning = {pin.name for pin in gone}
        self._remove([pin.name for pin in come if pin.name not in returning], session)
        self._add(gone, session)

    def _add(self, pins: Sequence[Pin], session: Session) -> tuple[str, ...]:
        if not pins:
            return ()
        return Uv(session, self._settings.sources).add(pins, python=self._environment.interpreter.path)

    def _remove(self, names: Sequence[str], session: Session) -> None:
        if names:
            uv = Uv(session, self._settings.sources)
            uv.remove(names, python=self._environment.interpreter.path)

    def uninstall(self, change: PackageChange, *, session: Session) -> tuple[Pin, ...]:
        """Take out what is no longer needed, and give it; a failure is told, and gives nothing."""
        if not change.uninstall:
            return ()
        names = [pin.name for pin in change.uninstall]
        try:
            with session.reporter.step(f"Uninstall {', '.join(names)}"):
                self._remove(names, session)
        except FlaskgenError as error:
            session.reporter.warn(f"{error.message}; {error.hint}")
            return ()
        return change.uninstall


def own_environment(project: Path, path: Path) -> FoundEnvironment | None:
    """Read a project's environment; None where there is none.

    Raises EnvironmentBroken, also where its Python is a file of the project: in a clone that may be anyone's
    program, and installing runs it.
    """
    if not path.exists() and not path.is_symlink():
        return None
    environment = read_environment(path)
    python = environment.interpreter.path
    if python.suffix != ".exe" and python.resolve().is_relative_to(project.resolve()):
        raise EnvironmentBroken(
            f"`{python}` is no link to an interpreter, so it may be anything",
            hint="make the environment anew, or give --no-install",
        )
    return environment
