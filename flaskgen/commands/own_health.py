"""Say what is wrong with what only a project of flaskgen's has: record, log, environment, pins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flaskgen.commands.freezing import tested_for
from flaskgen.commands.verbs.freeze import freeze
from flaskgen.effects.project.locating import project_environment
from flaskgen.effects.project.opening import OpenProject, open_project
from flaskgen.effects.python.environments import read_environment, require_in_place
from flaskgen.effects.shipped.rendering import render_projects
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_file
from flaskgen.effects.transaction.holding import require_no_interrupted_change
from flaskgen.errors import EnvironmentBroken, FlaskgenError, IncompatibleVersions
from flaskgen.planning.foreign.diagnosis import Finding, Level
from flaskgen.planning.packages.freeze import RUNTIME_FILE
from flaskgen.planning.packages.package_change import older_than_tested
from flaskgen.planning.packages.pins import decode, parse_pins
from flaskgen.planning.templates.tree import differ, without


def examine_own(path: Path, extensions: Sequence[Path]) -> Iterator[Finding]:
    """Yield what is wrong with what only a project of flaskgen's has; ``extensions`` are directories."""
    for check in (_check_log(path), _check_record(path, extensions), _check_environment(path)):
        try:
            yield from check
        except FlaskgenError as error:
            names_a_file = "." in error.message.partition(" ")[0]
            what = error.message if names_a_file else error.message[:1].upper() + error.message[1:]
            level = Level.ENVIRONMENT if isinstance(error, EnvironmentBroken) else Level.ADVICE
            yield Finding(level, what, (), (error.hint,) if error.hint else ())


def _check_log(path: Path) -> Iterator[Finding]:
    require_no_interrupted_change(path)
    yield from ()


def _check_record(path: Path, extensions: Sequence[Path]) -> Iterator[Finding]:
    project = open_project(path, directories=extensions)
    if _is_outdated(project):
        what = "It was created from other templates than those of this flaskgen"
        yield Finding(Level.ADVICE, what, (), ("run `flaskgen update`",))
    pins = parse_pins(decode(read_file(path / RUNTIME_FILE) or b""))
    older = older_than_tested(pins, tested_for(project.spec.release.series, project.spec.python))
    if older:
        shown = (f"{pin.name} {pin.version} ({older[pin.name]})" for pin in pins if pin.name in older)
        what = f"Older than the tested versions: {', '.join(shown)}"
        yield Finding(Level.ADVICE, what, (str(RUNTIME_FILE),), ("run `flaskgen upgrade`",))


def _is_outdated(project: OpenProject) -> bool:
    """Return whether a project was created from other templates than today's."""
    if project.pristine is None:
        return False
    try:
        (rendered,) = render_projects((project.spec,), project.catalogue, secret_key="")
    except IncompatibleVersions:
        return True
    return differ(project.pristine, without(rendered, project.catalogue.once(project.spec.extensions)))


def _check_environment(path: Path) -> Iterator[Finding]:
    session = Session()
    environment = read_environment(project_environment(path))
    require_in_place(environment)
    drifted = [str(file.path) for file in freeze(path, check=True, session=session).files if file.drifted]
    if drifted:
        verb = "differs" if len(drifted) == 1 else "differ"
        what = f"{' and '.join(drifted)} {verb} from what is installed"
        yield Finding(Level.ADVICE, what, (), ("run `flaskgen freeze`",))
