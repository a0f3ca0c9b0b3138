"""The packages of a changed project: what its environment needs, gets and loses, and how that is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from packaging.markers import default_environment

from flaskgen.commands.environment_packages import EnvironmentPackages, PackageSettings
from flaskgen.commands.freeze import FROZEN_OF, compose_frozen
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.environment_lookup import FoundEnvironment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.effects.system.session import Session
from flaskgen.errors import FlaskgenError
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.pythons import choose_interpreter
from flaskgen.planning.packages.frozen_files import format_files
from flaskgen.planning.packages.installed import InstalledDistribution
from flaskgen.planning.packages.lock import NotLocked, PinSet, select_pins
from flaskgen.planning.packages.package_change import (
    PackageChange,
    choose_from_lock,
    compare,
    find_missing,
    find_needless,
    installed_pins,
    wanted_lines,
)
from flaskgen.planning.packages.requirement_roots import ProjectRoots, read_dev, read_direct
from flaskgen.planning.packages.requirements_text import decode
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue

Texts = Mapping[str, bytes | None]
"""The files of ``FROZEN_OF``, by name."""


class ProjectPackages(EnvironmentPackages):
    """The environment of a project, before and after its requirements change."""

    def __init__(
        self, environment: FoundEnvironment, before: Texts, after: Texts, settings: PackageSettings
    ) -> None:
        super().__init__(environment, settings)
        self._before, self._after = before, after
        host = {name: str(value) for name, value in default_environment().items()}
        self._markers = environment.interpreter.markers(host)

    def plan(self, spec: ProjectSpec, constraints: Sequence[str], *, session: Session) -> PackageChange:
        """Say what has to be installed and what is no longer needed; nothing is changed.

        ``constraints`` are bounds of what Flask requires. Raises EnvironmentBroken, or ResolutionFailed.
        """
        installed = self._installed(session)
        old, new = _roots(self._before), _roots(self._after)
        needless = find_needless(old, new, installed, self._markers)
        missing = find_missing(new.direct, installed, self._markers)
        if not missing:
            return compare((), installed, needless=needless)
        lock = load_lock(spec.release.line)
        try:
            pins = choose_from_lock(lock, missing, installed, self._markers)
        except NotLocked:
            there = installed_pins(installed)
            names = {pin.name for pin in there}
            tested = [pin for pin in lock.preferences(self._markers) if pin.name not in names]
            with session.reporter.step("Choose versions that go with what is installed"):
                pins = Uv(session, self._settings.sources).resolve(
                    [*wanted_lines(new, installed, self._markers), *constraints],
                    interpreter=self._environment.interpreter,
                    preferences=[*there, *tested],
                )
        return compare(pins, installed, needless=needless)

    def freeze(self, change: PackageChange, *, session: Session) -> dict[PurePosixPath, bytes]:
        """Give the requirements files of what is installed when the needless is gone."""
        gone = {pin.name for pin in change.uninstall}
        installed = [found for found in self._installed(session).values() if found.key not in gone]
        files = compose_frozen(installed, self._environment, self._after, generated=True, session=session)
        return {PurePosixPath(file.name): file.after for file in files if file.changed}

    def _installed(self, session: Session) -> dict[str, InstalledDistribution]:
        return {found.key: found for found in read_installed(self._environment, session=session)}


def _roots(texts: Texts) -> ProjectRoots:
    return ProjectRoots(
        direct=read_direct(decode(texts["requirements.in"] or b"")),
        dev=read_dev(decode(texts["pyproject.toml"] or b"")),
    )


def pins_without_environment(
    old: ProjectSpec, new: ProjectSpec, catalogue: Catalogue, before: Texts
) -> dict[PurePosixPath, bytes] | None:
    """Give the requirements files of the tested versions; None where they cannot be told without installing.

    They can where both files are still those of the old specification.
    """
    try:
        was, is_now = (_locked_files(spec, catalogue) for spec in (old, new))
    except NotLocked:
        return None
    if any(before[name] != content for name, content in was.items()):
        return None
    return {PurePosixPath(name): content for name, content in is_now.items()}


def _locked_files(spec: ProjectSpec, catalogue: Catalogue) -> dict[str, bytes]:
    files = format_files(pins_of(spec, catalogue), dev=spec.dev, hashes=spec.hashes)
    return {name: text.encode() for name, text in files.items()}


def pins_of(spec: ProjectSpec, catalogue: Catalogue) -> PinSet:
    """Give the tested versions for a specification. Raises NotLocked."""
    host = {name: str(value) for name, value in default_environment().items()}
    markers = _interpreter(spec).markers(host)
    return select_pins(load_lock(spec.release.line), spec.requirements(catalogue), markers=markers)


def _interpreter(spec: ProjectSpec) -> Interpreter:
    """Find the interpreter that `new` would take for this project, or imagine one of its version."""
    try:
        return choose_interpreter(spec.release, find_interpreters(), asked=spec.python)
    except FlaskgenError:
        return Interpreter(Path(), f"{spec.python}.0")


def read_texts(contents: Mapping[PurePosixPath, bytes]) -> Texts:
    """Pick the files that freezing reads."""
    return {name: contents.get(PurePosixPath(name)) for name in FROZEN_OF}
