"""A new project in a directory that has files already: they stay, and what both have is merged or refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from packaging.requirements import Requirement

from flaskgen.commands.existing_environment import ExistingEnvironment, plan_packages
from flaskgen.commands.freezing import roots_of
from flaskgen.commands.plan import ProjectFiles
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import own_environment
from flaskgen.effects.python.environments import Environment, marker_environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.python.interpreters import asked_version, inspect_interpreter, require_python
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.errors import EnvironmentBroken, IncompatibleVersions
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.merging.clashes import Clash, find_clashes
from flaskgen.planning.merging.definitions import Kind
from flaskgen.planning.packages.direct_requirements import PYPROJECT, DirectRequirements, ProjectRoots
from flaskgen.planning.packages.installed import applies
from flaskgen.planning.packages.lock import PinSet
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.project.names import DEFAULT_ENVIRONMENT
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue


class Occupied(NamedTuple):
    """A directory with files of its user's."""

    path: Path

    @property
    def _own(self) -> tuple[Requirement, ...]:
        """What the user's pyproject.toml requires."""
        return roots_of(read_files(self.path, [PYPROJECT])).direct

    def with_own(self, requirements: DirectRequirements) -> DirectRequirements:
        """Add what the user requires to what the project requires."""
        return requirements._replace(runtime=(*requirements.runtime, *map(str, self._own)))

    def unpinned(self, interpreter: Interpreter) -> Iterator[str]:
        """Yield a warning for each requirement of the user's that a new environment does not pin."""
        markers = marker_environment(interpreter)
        for root in self._own:
            if not applies(root, markers):
                yield f"`{root}` is for another platform or Python: `flaskgen freeze` pins it"

    def clashes(self, sources: ProjectFiles, spec: ProjectSpec, catalogue: Catalogue) -> tuple[Clash, ...]:
        """Find modules and templates of the user's that hide, or are hidden by, those of the project.

        The project runs none of the user's code, so nothing else can clash.
        """
        owners = (catalogue.base, *(catalogue.extensions[name] for name in spec.extensions))
        modules = frozenset((Kind.MODULE, module) for owner in owners for module in owner.modules)
        tops = {path.parts[0] for path in sources.theirs if len(path.parts) > 1}
        patterns = ("*.py", "*/__init__.py", *(f"{top}/**/*" for top in tops if top[0] != "."))
        found = {
            PurePosixPath(path.relative_to(self.path).as_posix())
            for pattern in patterns
            for path in self.path.glob(pattern)
            if path.is_file()
        }
        return find_clashes({}, dict.fromkeys(found, b""), sources.theirs, of_packages=modules)

    def environment(self, asked: str | None, release: FlaskRelease, session: Session) -> Environment | None:
        """Return the environment that is there already, if its Python fits.

        Raises EnvironmentBroken if it cannot be used, and IncompatibleVersions for another Python than was
        ``asked`` for, or one that the release does not work on.
        """
        place = self.path / DEFAULT_ENVIRONMENT
        if not os.path.lexists(place):
            return None
        remove = f"remove `{DEFAULT_ENVIRONMENT}`, and a new one is created; or pass --no-install"
        try:
            found = own_environment(self.path)
        except EnvironmentBroken as broken:
            raise EnvironmentBroken(broken.message, hint=remove) from broken
        assert found is not None  # noqa: S101 - it was looked for
        version = found.interpreter.version
        if asked is not None and not _is_asked(version, asked, session):
            raise IncompatibleVersions(f"`{place}` has Python {version}, not {asked}", hint=remove)
        try:
            require_python(release, version, session=session)
        except IncompatibleVersions as unfit:
            raise IncompatibleVersions(f"`{place}` cannot be used: {unfit.message}", hint=remove) from unfit
        return found


def _is_asked(version: str, asked: str, session: Session) -> bool:
    wanted = asked_version(asked) or inspect_interpreter(Path(asked), session=session).minor
    return f"{version}.".startswith(f"{wanted}.")


def use_environment(
    environment: Environment,
    sources: ProjectFiles,
    spec: ProjectSpec,
    pins: PinSet,
    *,
    constraints: tuple[str, ...],
    uv: Uv,
) -> tuple[ExistingEnvironment, PinSet]:
    """Plan what the project needs in an environment that stays, and return the versions that it will have."""
    after = sources.readable
    roots = roots_of(after)
    wanted = roots._replace(direct=(*roots.direct, *(roots.dev if spec.dev else ())), dev=())
    packages = plan_packages(environment, ProjectRoots(), wanted, spec=spec, constraints=constraints, uv=uv)
    there = {found.key: found.version for found in read_installed(environment, session=uv.session)}
    versions = there | {pin.name: pin.version for pin in packages.install}

    def as_installed(some: tuple[Pin, ...]) -> tuple[Pin, ...]:
        return tuple(pin._replace(version=versions[pin.name]) for pin in some if pin.name in versions)

    work = ExistingEnvironment(environment, packages, files=after, is_new=True, uv=uv)
    return work, PinSet(as_installed(pins.runtime), as_installed(pins.dev), ())
