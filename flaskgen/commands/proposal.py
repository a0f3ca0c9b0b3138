"""Decide everything about a new project before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from flaskgen.effects.git.repository import check_git, git_is_wanted
from flaskgen.effects.packages.release_list import find_release
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.workon import workon_environment
from flaskgen.effects.python.interpreters import find_interpreters, inspect_interpreter
from flaskgen.effects.shipped.compatibility_data import load_lines, load_lock
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.file_systems import check_programs_start
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.destination import check_destination
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.pythons import check_python, choose_interpreter, untested_note
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.lock import NotLocked, PinSet, select_pins
from flaskgen.planning.packages.pins import format_dev_requirements, format_requirements
from flaskgen.planning.packages.resolution import split_resolution
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.names import parse_project_name
from flaskgen.planning.project.spec import Answers, ProjectSpec, template_values
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.render import render
from flaskgen.planning.templates.selection import Selection, parse_options, parse_request, select_for_line
from flaskgen.planning.templates.tree import Content


@dataclass(frozen=True)
class NewSettings:
    """How a project is made, as far as it does not change what the project is."""

    sources: PackageSources = field(default_factory=PackageSources)
    newest: bool = False
    """Resolve anew within the tested bounds, instead of taking the lock."""
    workon: bool = False
    install: bool = True
    verify: bool = True
    test: bool = False
    dev: bool = True
    hashes: bool = False


@dataclass(frozen=True)
class Proposal:
    """A project that can be made: all is decided and nothing is written."""

    path: Path
    spec: ProjectSpec
    selection: Selection
    catalogue: Catalogue
    interpreter: Interpreter
    environment_path: Path
    requirements: DirectRequirements
    pins: PinSet
    git: bool
    warnings: tuple[str, ...]
    """What the user should know of the choice: an untested version, a yanked release."""

    @cached_property
    def secret_files(self) -> frozenset[PurePosixPath]:
        """Files that are written once, for their owner only, and never recorded."""
        owners = (self.catalogue.base, *(self.catalogue.extensions[name] for name in self.spec.extensions))
        return frozenset(PurePosixPath(path) for owner in owners for path in owner.once)

    @property
    def next_steps(self) -> tuple[str, ...]:
        """Commands of the extensions to type before the first `flask run`."""
        steps = (step for name in self.spec.extensions for step in self.catalogue.extensions[name].next_steps)
        return tuple(step.replace("{command}", self.spec.command) for step in steps)

    def render(self, *, secret_key: str) -> Mapping[PurePosixPath, Content]:
        """Give the files that templates make."""
        values = template_values(self.spec, self.requirements, secret_key=secret_key)
        return render(self.catalogue, traits=self.spec.traits, values=values)

    def requirements_files(self) -> Mapping[PurePosixPath, Content]:
        """Give the frozen files, as `flaskgen freeze` will write them."""
        files = {"requirements.txt": format_requirements(self.pins.runtime, hashes=self.spec.hashes)}
        if self.spec.dev:
            files["requirements-dev.txt"] = format_dev_requirements(self.pins.dev, hashes=self.spec.hashes)
        return {PurePosixPath(name): text for name, text in files.items()}


def propose(answers: Answers, settings: NewSettings, *, session: Session) -> Proposal:
    """Make a proposal of complete answers; what is None takes its default.

    Raises the error of whatever cannot be: a name, a version, an extension, a destination, a pair that
    does not work together, a set of versions that the index does not have.
    """
    catalogue = load_catalogue()
    path = check_destination("." if answers.destination is None else answers.destination)
    name = parse_project_name(
        path.name if answers.name is None else answers.name, reserved=catalogue.reserved_modules
    )
    environment_path = workon_environment(name.text, project=path) if settings.workon else path / ".venv"
    if settings.install:
        check_programs_start(environment_path)
    if answers.git:
        check_git(path)
    release = find_asked_release(answers.flask, settings, session=session)
    request = parse_request(answers.extensions or (), answers.preset, catalogue)
    selection = select_for_line(request, release.line, catalogue)
    options = parse_options(answers.options, selection.extensions, catalogue)
    with session.reporter.step("Find a Python"):
        interpreter = _interpreter(answers.python, release)
    spec = ProjectSpec(
        name, release, interpreter.minor, selection.extensions, options, settings.dev, settings.hashes
    )
    requirements = spec.requirements(catalogue)
    pins, untested = _resolve(spec, requirements, interpreter, settings, session)
    return Proposal(
        path=path,
        spec=spec,
        selection=selection,
        catalogue=catalogue,
        interpreter=interpreter,
        environment_path=environment_path,
        requirements=requirements,
        pins=pins,
        git=git_is_wanted(path) if answers.git is None else answers.git,
        warnings=(*_warnings(release, interpreter), *untested),
    )


def find_asked_release(text: str | None, settings: NewSettings, *, session: Session) -> FlaskRelease:
    """Find the release that ``text`` means, or the newest. Raises as ``find_release`` does."""
    return find_release(
        "latest" if text is None else text,
        sources=settings.sources,
        forbidden_by=None if settings.install else "--no-install",
        session=session,
    )


def _interpreter(asked: str | None, release: FlaskRelease) -> Interpreter:
    """Find the interpreter that was asked for by version or path, or the newest that works."""
    if asked is None:
        return choose_interpreter(release, find_interpreters())
    version = asked.removeprefix("python")  # as in `python3.12`
    if not asked or version.replace(".", "").isdigit():
        return choose_interpreter(release, find_interpreters(), asked=version, lines=load_lines())
    interpreter = inspect_interpreter(Path(asked))
    check_python(release, interpreter.version, installed=find_interpreters(), lines=load_lines())
    return interpreter


def _resolve(
    spec: ProjectSpec,
    requirements: DirectRequirements,
    interpreter: Interpreter,
    settings: NewSettings,
    session: Session,
) -> tuple[PinSet, tuple[str, ...]]:
    """Take the tested versions from the lock; where it does not hold them, or not wanted, ask the index."""
    from packaging.markers import default_environment

    lock = load_lock(spec.release.line)
    markers = interpreter.markers({key: str(value) for key, value in default_environment().items()})
    if not settings.newest:
        try:
            return select_pins(lock, requirements, markers=markers), ()
        except NotLocked as reason:
            note = f"these versions were not tested together ({reason})"
    else:
        note = "--newest: these versions were not tested together"
    if not settings.install:
        raise ResolutionFailed(
            f"the index has to be asked for the versions: {note}", hint="leave out --no-install, or --newest"
        )
    with session.reporter.step("Choose versions"):
        resolved = Uv(session, settings.sources).resolve(
            [*requirements.runtime, *requirements.dev, *requirements.environment, *requirements.constraints],
            interpreter=interpreter,
            preferences=() if settings.newest else lock.preferences(markers),
        )
    return split_resolution(resolved, requirements), (note,)


def _warnings(release: FlaskRelease, interpreter: Interpreter) -> tuple[str, ...]:
    untested = untested_note(release, interpreter.version)
    return (*((untested,) if untested else ()), *release.notes)
