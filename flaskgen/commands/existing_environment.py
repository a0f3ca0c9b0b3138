"""What a change does to the environment of a project: it gets and loses packages."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

from flaskgen.commands.freezing import Freezing
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.environments import Environment, copy_environment, marker_environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.python.records import list_entries, require_undamaged, restore_bytecode
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.effects.system.session import Background
from flaskgen.effects.transaction.log import LoggedPackages
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.planning.packages.direct_requirements import ProjectRoots
from flaskgen.planning.packages.lock import NotLocked
from flaskgen.planning.packages.package_change import (
    PackageChange,
    choose_from_lock,
    compare,
    find_missing,
    find_needless,
    installed_pins,
    wanted_lines,
    with_new_tools,
)
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.tree import Files


class ExistingEnvironment:
    """The environment of a project whose packages change."""

    def __init__(
        self,
        found: Environment,
        packages: PackageChange,
        *,
        files: Files | None = None,
        is_new: bool = False,
        uv: Uv,
    ) -> None:
        """``is_new`` says that the project is, and not only its packages."""
        self.packages = packages
        self._found, self._files, self._uv, self._session = found, files, uv, uv.session
        self._is_new = is_new

    @property
    def python(self) -> Path:
        return self._found.python

    def begin(self, change: Transaction, background: Background) -> None:
        if not (self.packages.install or self.packages.uninstall):
            return
        going = (*self.packages.uninstall, *self.packages.replaced.values())
        change.will_change_packages(
            LoggedPackages(
                installed=tuple(pin.line for pin in self.packages.install),
                uninstalled=tuple(pin.line for pin in going),
                entries=tuple(sorted(list_entries(self._found))),
            )
        )
        if self.packages.install:
            lines = ", ".join(pin.line for pin in self.packages.install)
            with self._session.reporter.step(f"Install {lines}"):
                self._uv.install(self.packages.install, python=self.python, exact=False)
                names = {pin.name for pin in self.packages.install}
                require_undamaged(self._found, names)
                restore_bytecode(self._found, names)

    def freeze(self) -> Files:
        """Return the requirements files of what is installed once the needless is gone."""
        if self._files is None:
            return {}
        gone = {pin.name for pin in self.packages.uninstall}
        changes = self.packages.install or self.packages.uninstall
        title = "Freeze requirements.txt" if changes else "Compare requirements.txt with the environment"
        with self._session.reporter.step(title):
            return freeze_environment(self._found, self._files, gone=gone, is_new=self._is_new, uv=self._uv)

    def finish(self) -> None:
        if self.packages.uninstall:
            names = [pin.name for pin in self.packages.uninstall]
            with self._session.reporter.step(f"Uninstall {', '.join(names)}"):
                self._uv.remove(names, python=self.python)

    def copy_to(self, place: Path) -> Path:
        """Make a copy at another place, with the packages that this one will have, and return its Python."""
        with self._session.reporter.step("Copy the environment, and upgrade the copy"):
            python = copy_environment(self._found, place).python
            if self.packages.install:
                self._uv.install(self.packages.install, python=python, exact=False)
            if self.packages.uninstall:
                self._uv.remove([pin.name for pin in self.packages.uninstall], python=python)
        return python


def freeze_environment(
    environment: Environment, files: Files, *, gone: Container[str] = (), is_new: bool = False, uv: Uv
) -> Files:
    """Return the requirements files of what is installed, without what is about to be ``gone``.

    A file that the project does not have, as its user works with another tool, is only made if it ``is_new``.
    """
    installed = [found for found in read_installed(environment, session=uv.session) if found.key not in gone]
    frozen = Freezing(environment, files, generated=True, session=uv.session, uv=uv).compose(installed)
    return {file.path: file.after for file in frozen if file.drifted or (is_new and file.changed)}


def plan_packages(
    environment: Environment,
    old: ProjectRoots,
    new: ProjectRoots,
    *,
    spec: ProjectSpec,
    constraints: Sequence[str],
    uv: Uv,
) -> PackageChange:
    """Return what has to be installed when the requirements change, and what is no longer needed.

    ``constraints`` are bounds of what Flask requires. Raises EnvironmentBroken, or ResolutionFailed.
    """
    markers = marker_environment(environment.interpreter)
    installed = {found.key: found for found in read_installed(environment, session=uv.session)}
    needless = find_needless(old, new, installed, markers)
    new = with_new_tools(old, new, installed)
    missing = find_missing(new.direct, installed, markers)
    if not missing:
        return compare((), installed, needless=needless)
    lock = load_lock(spec.release.series)
    try:
        pins = choose_from_lock(lock, missing, installed, markers)
    except NotLocked as reason:
        uv.session.reporter.note(reason.note)
        there = installed_pins(installed)
        names = {pin.name for pin in there}
        tested = [pin for pin in lock.preferences(markers) if pin.name not in names]
        with uv.session.reporter.step("Resolve versions compatible with the environment"):
            pins = uv.resolve(
                [*wanted_lines(new, installed, markers), *constraints],
                interpreter=environment.interpreter,
                preferences=[*there, *tested],
            )
    return compare(pins, installed, needless=needless)
