"""What happens to the environment of a project: it is created, or gets and loses packages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol

from flaskgen.commands.freezing import Texts, compose_frozen, read_roots
from flaskgen.effects.packages.hash_sources import locked_hashes
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.opening import project_environment
from flaskgen.effects.project.workon import point_to_project
from flaskgen.effects.python.bytecode import BytecodeCache, is_compiled
from flaskgen.effects.python.environments import Environment, create_environment, read_environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.python.interpreters import marker_environment
from flaskgen.effects.python.records import (
    DamagedFile,
    list_entries,
    remove_new_entries,
    require_undamaged,
    verify_records,
)
from flaskgen.effects.python.verification import Answer, import_tools
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.effects.system.session import Background, Session, Work
from flaskgen.effects.transaction.log import LoggedPackages
from flaskgen.effects.transaction.recovery import RestorePackages
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.lock import NotLocked, PinSet
from flaskgen.planning.packages.package_change import (
    PackageChange,
    choose_from_lock,
    compare,
    find_missing,
    find_needless,
    installed_pins,
    wanted_lines,
)
from flaskgen.planning.packages.pins import Pin, parse_pins
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.spec import ProjectSpec

# What `flask run` in debug mode and pytest import beyond the application.
_TOOLS = ("werkzeug/debug", "_pytest")


class EnvironmentWork(Protocol):
    """What a plan does to an environment."""

    @property
    def packages(self) -> PackageChange: ...

    @property
    def python(self) -> Path:
        """The environment's interpreter, there or to come."""

    def begin(self, change: Transaction, background: Background) -> None:
        """Note what is about to happen, and begin with it. Raises InstallFailed, or CannotWrite."""

    def freeze(self) -> dict[PurePosixPath, bytes]:
        """Return the requirements files that can only be written now."""

    def finish(self) -> None:
        """Complete what was begun, when the project's files are written. Raises InstallFailed."""


class NewEnvironment:
    """An environment that is created, while the project's files are rendered and written."""

    def __init__(
        self,
        project: Path,
        path: Path,
        interpreter: Interpreter,
        pins: PinSet,
        *,
        prompt: str,
        uv: Uv,
        session: Session,
    ) -> None:
        self.path, self.interpreter, self.pins = path, interpreter, pins
        self._project, self._prompt, self._uv, self._session = project, prompt, uv, session
        self._installing: Work[Environment] | None = None

    @property
    def packages(self) -> PackageChange:
        return PackageChange(self.pins.all)

    @property
    def environment(self) -> Environment:
        """The environment, once it is there. Raises InstallFailed."""
        assert self._installing is not None  # noqa: S101 - begin() comes first
        return self._installing.result()

    @property
    def python(self) -> Path:
        return self.environment.python

    def begin(self, change: Transaction, background: Background) -> None:
        change.will_make([self.path])
        self._installing = background.start(self._install)

    def freeze(self) -> dict[PurePosixPath, bytes]:
        return {}

    def finish(self) -> None:
        with self._session.reporter.step(f"Install {len(self.pins.all)} packages"):
            _ = self.environment

    def verify(self, check: Callable[[], Answer], background: Background) -> Answer:
        """Check the installed files while the application starts, and keep what was compiled on the way.

        Packages whose files are not those of their wheels, because a cache was damaged, are fetched again.
        """
        started, environment = time.time(), self.environment
        with self._session.reporter.step("Verify: create_app() and GET /"):
            compiled = partial(is_compiled, environment)
            # The first project has enough to compile: its tools wait for the next one.
            tools_too = compiled("flask") and not all(map(compiled, _TOOLS))
            checking = background.start(lambda: verify_records(environment))
            answering = background.start(check)
            if tools_too:
                background.start(lambda: import_tools(self.python, session=self._session))
            damaged = checking.result()
            verification = None if damaged else answering.result()
        if verification is None:
            self._repair(damaged)
            with self._session.reporter.step("Verify again"):
                verification = check()
        BytecodeCache(self.interpreter.minor).keep(environment, since=started)
        return verification

    def _install(self) -> Environment:
        if not self.path.is_relative_to(self._project):
            point_to_project(self.path, self._project)
        environment = create_environment(
            self.path, self.interpreter, prompt=self._prompt, session=self._session
        )
        _warn_of_rebuilt(self._uv.install(self.pins.all, python=environment.python), self._session)
        BytecodeCache(self.interpreter.minor).restore(environment)
        return environment

    def _repair(self, damaged: Sequence[DamagedFile]) -> None:
        names = sorted({file.package for file in damaged})
        with self._session.reporter.step(f"Repair what a damaged cache gave: {', '.join(names)}"):
            self._uv.repair(self.pins.all, names, python=self.python)
            require_undamaged(self.environment)


class ExistingEnvironment:
    """The environment of a project whose packages change."""

    def __init__(
        self,
        found: Environment,
        packages: PackageChange,
        *,
        texts: Texts | None = None,
        uv: Uv,
        session: Session,
    ) -> None:
        self.packages = packages
        self._found, self._texts, self._uv, self._session = found, texts, uv, session

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
                _warn_of_rebuilt(self._uv.add(self.packages.install, python=self.python), self._session)
                names = {pin.name for pin in self.packages.install}
                require_undamaged(self._found, names)
                BytecodeCache(self._found.interpreter.minor).restore(self._found, names)

    def freeze(self) -> dict[PurePosixPath, bytes]:
        """Return the requirements files of what is installed once the needless is gone."""
        if self._texts is None:
            return {}
        gone = {pin.name for pin in self.packages.uninstall}
        with self._session.reporter.step("Freeze requirements.txt"):
            installed = [
                found for found in read_installed(self._found, session=self._session) if found.key not in gone
            ]
            files = compose_frozen(installed, self._found, self._texts, generated=True, session=self._session)
        return {PurePosixPath(file.name): file.after for file in files if file.changed}

    def finish(self) -> None:
        if self.packages.uninstall:
            names = [pin.name for pin in self.packages.uninstall]
            with self._session.reporter.step(f"Uninstall {', '.join(names)}"):
                self._uv.remove(names, python=self.python)


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
            f"`{python}` is not a link to an interpreter, so it may be any program",
            hint="create the environment again, or pass --no-install",
        )
    return environment


def plan_packages(
    environment: Environment,
    before: Texts,
    after: Texts,
    *,
    spec: ProjectSpec,
    constraints: Sequence[str],
    uv: Uv,
    session: Session,
) -> PackageChange:
    """Return what has to be installed when the requirements change, and what is no longer needed.

    ``constraints`` are bounds of what Flask requires. Raises EnvironmentBroken, or ResolutionFailed.
    """
    markers = marker_environment(environment.interpreter)
    installed = {found.key: found for found in read_installed(environment, session=session)}
    old, new = read_roots(before), read_roots(after)
    needless = find_needless(old, new, installed, markers)
    missing = find_missing(new.direct, installed, markers)
    if not missing:
        return compare((), installed, needless=needless)
    lock = load_lock(spec.release.line)
    try:
        pins = choose_from_lock(lock, missing, installed, markers)
    except NotLocked:
        there = installed_pins(installed)
        names = {pin.name for pin in there}
        tested = [pin for pin in lock.preferences(markers) if pin.name not in names]
        with session.reporter.step("Choose versions that go with what is installed"):
            pins = uv.resolve(
                [*wanted_lines(new, installed, markers), *constraints],
                interpreter=environment.interpreter,
                preferences=[*there, *tested],
            )
    return compare(pins, installed, needless=needless)


def package_restorer(project: Path, sources: PackageSources, session: Session) -> RestorePackages:
    """Return a function that restores the packages which a project's environment had before a change."""

    def restore(logged: LoggedPackages) -> None:
        environment = own_environment(project)
        if environment is None:
            return
        come, gone = logged_pins(logged)
        remove_new_entries(environment, {pin.name for pin in come}, before=logged.entries)
        if gone:
            Uv(session, sources).add(gone, python=environment.python)

    return restore


def logged_pins(logged: LoggedPackages) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
    """Return the packages that came and those that went, with the hashes that flaskgen knows."""
    come = tuple(pin for line in logged.installed for pin in parse_pins(line))
    if not logged.uninstalled:
        return come, ()
    hashes = locked_hashes()
    gone = map(_logged_pin, logged.uninstalled)
    return come, tuple(replace(pin, hashes=hashes.get((pin.name, pin.version), ())) for pin in gone)


def _logged_pin(line: str) -> Pin:
    """Read the line of a package; what is not NAME==VERSION says where it came from."""
    pins = parse_pins(line)
    return pins[0] if pins else Pin(line, "", reference=line)


def _warn_of_rebuilt(names: Sequence[str], session: Session) -> None:
    for name in names:
        session.reporter.warn(f"your index serves a different build of {name} than the tested one")
