"""What an upgrade does to the environment of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from flaskgen.commands.existing_environment import ExistingEnvironment, freeze_environment
from flaskgen.commands.freezing import roots_of
from flaskgen.commands.plan import WantedPackages
from flaskgen.effects.packages.uv import Era, Uv
from flaskgen.effects.python.environments import (
    Environment,
    create_environment,
    marker_environment,
    read_environment,
)
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.python.records import restore_bytecode
from flaskgen.effects.shipped.compatibility_data import load_advisories, load_lock
from flaskgen.effects.system.session import Background, Session
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import EnvironmentBroken, IncompatibleVersions, ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.direct_requirements import DirectRequirements, ProjectRoots
from flaskgen.planning.packages.installed import Origin, shown
from flaskgen.planning.packages.lock import NotLocked, require_tested
from flaskgen.planning.packages.package_change import PackageChange, compare, explain_moves, installed_pins
from flaskgen.planning.packages.pins import Pin, normalized
from flaskgen.planning.packages.upgrade import PackageUpgrade
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.tree import Files


class ReplacedEnvironment(NamedTuple):
    """The environment of a project that gets another Python: it is made anew at its place."""

    old: Environment
    interpreter: Interpreter
    pins: tuple[Pin, ...]
    packages: PackageChange
    project: Path
    installs_project: bool
    files: Files
    uv: Uv

    @property
    def python(self) -> Path:
        return self.old.python

    def begin(self, change: Transaction, _background: Background) -> None:
        change.replace_tree(self.old.path.relative_to(self.project).as_posix())
        self._create_at(self.old.path)

    def freeze(self) -> Files:
        with self.uv.session.reporter.step("Freeze requirements.txt"):
            return freeze_environment(read_environment(self.old.path), self.files, uv=self.uv)

    def finish(self) -> None:
        """Install the project itself, whose metadata has what its new pyproject.toml requires."""
        if self.installs_project:
            itself = Pin(self.project.name, "", reference=f"-e {self.project.as_uri()}")
            with self.uv.session.reporter.step("Install the project itself"):
                self.uv.install([itself], python=self.python, exact=False)

    def copy_to(self, place: Path) -> Path:
        """Make such an environment at another place, and return its Python."""
        return self._create_at(place).python

    def _create_at(self, place: Path) -> Environment:
        with self.uv.session.reporter.step(f"Create an environment with Python {self.interpreter.minor}"):
            prompt = self.old.settings.get("prompt") or self.project.name
            made = create_environment(place, self.interpreter, prompt=prompt, session=self.uv.session)
            indexed = [pin for pin in self.pins if not pin.reference]
            self.uv.install(indexed, python=made.python)
            if others := [pin for pin in self.pins if pin.reference]:
                self.uv.install(others, python=made.python, exact=False)
            restore_bytecode(made)
        return made


def plan_upgrade(
    project: Path,
    environment: Environment,
    spec: ProjectSpec,
    wanted: WantedPackages,
    before: Files,
    after: Files,
    *,
    requirements: DirectRequirements,
    uv: Uv,
) -> ExistingEnvironment | ReplacedEnvironment:
    """Return what happens to an environment whose packages get the tested versions, or the newest.

    For another interpreter it is made anew. Raises IncompatibleVersions if the user's requirements exclude
    the release of Flask, ResolutionFailed, or EnvironmentBroken.
    """
    old, new, interpreter = roots_of(before), roots_of(after), wanted.interpreter
    _require_release(spec, new)
    installed = {found.key: found for found in read_installed(environment, session=uv.session)}
    upgrade = PackageUpgrade(
        old,
        new,
        installed,
        before=marker_environment(environment.interpreter),
        after=marker_environment(interpreter or environment.interpreter),
        lock=load_lock(spec.release.series),
        environment=requirements.environment,
    )
    new_python = interpreter or environment.interpreter
    pins, compiled = _choose(
        upgrade, requirements, environment.interpreter, new_python, newest=wanted.newest, uv=uv
    )
    packages = compare(pins, installed, needless=upgrade.needless(pins))
    moves = explain_moves(
        packages.install,
        packages.replaced,
        tested=upgrade.tested,
        series=spec.release.series.name,
        newest=wanted.newest,
        compiled=compiled,
        advisories=load_advisories(),
    )
    packages = packages._replace(moves=moves, python=interpreter.version if interpreter else None)
    if interpreter is None:
        return ExistingEnvironment(environment, packages, files=after, uv=uv)
    if not environment.path.is_relative_to(project):
        raise EnvironmentBroken(
            f"the environment of `{project.name}` is in {environment.path}, which is not in the project",
            hint=f"create it again there with Python {interpreter.minor}, and run the command again",
        )
    others = tuple(_installed_elsewhere(upgrade, uv.session))
    installs = new.project in installed
    return ReplacedEnvironment(
        environment, interpreter, (*pins, *others), packages, project, installs, after, uv
    )


def _require_release(spec: ProjectSpec, roots: ProjectRoots) -> None:
    for root in roots.direct:
        if normalized(root.name) == "flask" and not root.specifier.contains(
            spec.release.version, prereleases=True
        ):
            raise IncompatibleVersions(
                f"your pyproject.toml requires `{shown(root)}`, which excludes Flask {spec.release.version}",
                hint=f"change it to `Flask=={spec.release.version}`, or choose another release with --flask",
            )


def _choose(
    upgrade: PackageUpgrade,
    requirements: DirectRequirements,
    old: Interpreter,
    interpreter: Interpreter,
    *,
    newest: bool,
    uv: Uv,
) -> tuple[tuple[Pin, ...], Mapping[str, str]]:
    """Take the tested versions from the lock; if they do not fit what else there is, ask the index.

    What would be compiled on a newer Python moves within its major version, if a release there has a wheel;
    the reason is returned as well, by name.
    """
    try:
        require_tested(newest=newest)
        return upgrade.choose_from_lock(), {}
    except NotLocked as reason:
        uv.session.reporter.note(reason.note)

    def resolve(uv: Uv, bounds: Iterable[str] = ()) -> tuple[Pin, ...]:
        return uv.resolve(
            [*upgrade.requirements(), *requirements.constraints],
            interpreter=interpreter,
            preferences=upgrade.preferences(newest=newest),
            constraints=[*upgrade.new.constraints, *bounds],
        )

    with uv.session.reporter.step("Resolve versions"):
        pins = resolve(uv)
        there = {pin.line for pin in installed_pins(upgrade.installed)}
        kept = [pin for pin in pins if pin.line in there]
        compiled = uv.compiled_anew(kept, old=old, new=interpreter)
        bounds = [f"{one.name}<{Version(one.version).major + 1}" for one in compiled]
        with suppress(ResolutionFailed):  # then they are compiled
            if compiled:
                pins = resolve(Uv(uv.session, uv.sources, Era(wheels=[one.name for one in compiled])), bounds)
    why = {one.name: f"{one.version} has no wheel for Python {interpreter.minor}" for one in compiled}
    return pins, why


def _installed_elsewhere(upgrade: PackageUpgrade, session: Session) -> Iterator[Pin]:
    """Yield what was installed from a directory, a repository or a URL, to be installed from there again."""
    for found in upgrade.from_elsewhere:
        if found.key == upgrade.new.project:
            continue
        if found.origin is Origin.EDITABLE:
            session.reporter.warn(f"`{found.key}` was an editable install: install it again")
        else:
            yield Pin(found.key, found.version, reference=found.reference)
