"""Plan a new project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from flaskgen import __version__
from flaskgen.commands.new_environment import NewEnvironment
from flaskgen.commands.new_versions import choose_pins, require_planned
from flaskgen.commands.plan import EnvironmentWork, Plan, ProjectFiles, Settings
from flaskgen.effects.git.repository import check_git, git_is_wanted
from flaskgen.effects.packages.release_list import find_release
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import workon_environment
from flaskgen.effects.python.environments import Environment
from flaskgen.effects.python.interpreters import find_interpreter
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Background, Session
from flaskgen.effects.transaction.destination import check_destination, check_programs_start
from flaskgen.effects.transaction.files import read_all_files
from flaskgen.errors import UsageError
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.pythons import untested_note
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.merging.revisions import Revision, first_revision, other_steps
from flaskgen.planning.packages.direct_requirements import PYPROJECT
from flaskgen.planning.packages.lock import (
    LOCK_FILE,
    PinSet,
)
from flaskgen.planning.project.names import (
    BASE_PATH,
    DEFAULT_ENVIRONMENT,
    RECORD_PATH,
    parse_project_name,
)
from flaskgen.planning.project.spec import Answers, ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options, parse_request, select_for_series
from flaskgen.planning.templates.tree import Files, Tree, encode, without

if TYPE_CHECKING:
    from flaskgen.commands.occupied import Occupied


@dataclass(frozen=True)
class NewSettings(Settings):
    """How a project is created, as far as it does not change what the project is."""

    newest: bool = False
    """Resolve anew within the tested bounds, instead of taking the lock."""
    python_downloads: bool = False
    workon: bool = False
    test: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class NewPlan(Plan):
    """A project that can be created."""

    place: Path = field(kw_only=True)
    """Where the environment is, if there is one."""
    interpreter: Interpreter = field(kw_only=True)
    pins: PinSet = field(kw_only=True)
    occupied: bool = field(kw_only=True)
    """Whether the directory has files already."""


def plan_new(answers: Answers, settings: NewSettings, session: Session, background: Background) -> NewPlan:
    """Plan a project of complete answers; what is None takes its default.

    Raises the error of whatever cannot be: a name, a version, an extension, a destination, a pair that does
    not work together, a set of versions that the index does not have.
    """
    path = check_destination("." if answers.destination is None else answers.destination)
    occupied: Occupied | None = None
    if path.exists() and any(path.iterdir()):
        from flaskgen.commands.occupied import Occupied  # which the usual case does not need

        occupied = Occupied(path)
    made = _specify(path, occupied, answers, settings, session, background)
    spec, catalogue, interpreter, there = made.spec, made.catalogue, made.interpreter, made.environment
    requirements = spec.requirements(catalogue)
    if occupied:
        requirements = occupied.with_own(requirements)
    pins, untested = choose_pins(
        spec.release,
        requirements,
        interpreter,
        answers.versions,
        settings,
        session,
        newest=settings.newest,
    )
    once = catalogue.once(spec.extensions)
    sources = ProjectFiles(
        path,
        {},
        partial(_render, spec, catalogue, pins, once),
        session,
        once,
        settings.policy,
        frozenset({LOCK_FILE}),
    )
    environment: EnvironmentWork | None = None
    uv = Uv(session, settings.sources if settings.install else settings.sources._replace(offline=True))
    lock = partial(_lock, sources, pins, interpreter, uv)
    freeze: Callable[[], Files] = dict
    if there:
        from flaskgen.commands.occupied import use_environment

        bounds = requirements.constraints
        environment, pins = use_environment(there, sources, spec, pins, constraints=bounds, uv=uv)
    elif settings.install:
        prompt = spec.name.text
        environment = NewEnvironment(path, made.place, interpreter, pins, lock=lock, prompt=prompt, uv=uv)
    elif occupied:
        freeze = lock
    else:  # uv runs while the files are rendered and written
        freeze = background.start(partial(lock, _render_pyproject(spec, catalogue))).result
    if answers.versions is not None:
        require_planned(pins, answers.versions)
    revision, next_steps = _next_steps(spec, catalogue, verified=settings.install and settings.verify)
    committed = answers.git and (path / ".git").exists()
    return NewPlan(
        project=path,
        title=f"new {path.name}",
        spec=spec,
        before=None,
        sources=sources,
        environment=environment,
        freeze=freeze,
        clashes=occupied.clashes(sources, spec, catalogue) if occupied else (),
        git=git_is_wanted(path) if answers.git is None else answers.git and not committed,
        revision=revision,
        next_steps=next_steps,
        notes=(
            *made.notes,
            *([f"`{path.name}` is a Git repository already: commit the files yourself"] if committed else []),
        ),
        warnings=(
            *filter(None, [untested_note(spec.release, interpreter)]),
            *spec.release.notes,
            *untested,
            *(occupied.unpinned(interpreter) if occupied and not there else ()),
        ),
        place=made.place,
        interpreter=interpreter,
        pins=pins,
        occupied=occupied is not None,
    )


class _Specified(NamedTuple):
    """What a new project is to be, and what it is made with."""

    spec: ProjectSpec
    catalogue: Catalogue
    interpreter: Interpreter
    place: Path
    """Where its environment is, or would be."""
    environment: Environment | None
    """The environment, if it is there already."""
    notes: tuple[str, ...]


def _specify(
    path: Path,
    occupied: Occupied | None,
    answers: Answers,
    settings: NewSettings,
    session: Session,
    background: Background,
) -> _Specified:
    """Find the release of Flask and a Python for it, and choose extensions and options."""
    asked = "latest" if answers.flask is None else answers.flask
    release = find_release(asked, sources=settings.sources, install=settings.install, session=session)
    finding = background.start(partial(_find_python, answers.python, release, settings, occupied, session))
    catalogue = load_catalogue(settings.extensions, answers.extensions or ())
    name = parse_project_name(
        path.name if answers.name is None else answers.name, reserved=catalogue.reserved_modules
    )
    place = workon_environment(name.text) if settings.workon else path / DEFAULT_ENVIRONMENT
    if settings.install:
        check_programs_start(place)
    if answers.git:
        check_git()
    request = parse_request(answers.extensions or (), answers.preset, catalogue)
    with session.reporter.step("Find a Python"):
        interpreter, environment = finding.result()
    release = catalogue.on(release).on_python(interpreter.minor)
    selection = select_for_series(request, release.series, catalogue)
    spec = ProjectSpec(
        name,
        release,
        interpreter.minor,
        selection.extensions,
        parse_options(answers.options, selection.extensions, catalogue, defaults=answers.option_defaults),
        answers.dev,
        answers.hashes,
        single=answers.preset is not None and catalogue.presets[answers.preset].single,
    )
    spec = _with_examples(spec, answers, catalogue, occupied)
    return _Specified(spec, catalogue, interpreter, place, environment, selection.notes)


def _find_python(
    asked: str | None,
    release: FlaskRelease,
    settings: NewSettings,
    occupied: Occupied | None,
    session: Session,
) -> tuple[Interpreter, Environment | None]:
    """Return the Python of the project, and its environment if that is there already."""
    there = None
    if occupied and settings.install and not settings.workon:
        there = occupied.environment(asked, release, session)
    if there:
        return there.interpreter, there
    downloads = settings.sources if settings.python_downloads else None
    return find_interpreter(release, asked=asked, session=session, downloads=downloads), None


def _with_examples(
    spec: ProjectSpec, answers: Answers, catalogue: Catalogue, occupied: Occupied | None
) -> ProjectSpec:
    """Return the specification with the examples of its extensions, or with those that are asked for."""
    taken = frozenset[str]()
    if occupied:
        from flaskgen.planning.merging.definitions import names_of_code

        taken = names_of_code(read_all_files(occupied.path / spec.name.package))
    spec = spec.with_examples(catalogue, taken=taken)
    if answers.resources is None:
        return spec
    for resource in answers.resources:
        if resource not in spec.resources:
            raise UsageError(
                f"the plan has the resource {resource.name}, and a new project only has examples",
                hint="remove it, and generate it afterwards: flaskgen generate resource --from FILE",
            )
    return replace(spec, resources=answers.resources)


def _render(spec: ProjectSpec, catalogue: Catalogue, pins: PinSet, once: frozenset[PurePosixPath]) -> Tree:
    """Return all files of a new project, its record among them."""
    # Imported here, while the packages are installed.
    import secrets

    from flaskgen.effects.shipped.rendering import render_projects
    from flaskgen.planning.packages.freeze import format_files
    from flaskgen.planning.project.record import format_record, pack_base

    (rendered,) = render_projects([spec], catalogue, secret_key=secrets.token_urlsafe(32))
    return {
        **rendered,
        **format_files(pins, dev=spec.dev, hashes=spec.hashes),
        BASE_PATH: pack_base(without(rendered, once)),
        RECORD_PATH: format_record(spec, generator=__version__, versions=catalogue.versions(spec.extensions)),
    }


def _render_pyproject(spec: ProjectSpec, catalogue: Catalogue) -> bytes:
    from flaskgen.effects.shipped.rendering import render_projects

    (rendered,) = render_projects([spec], catalogue, secret_key="", only=PYPROJECT)
    return encode(rendered[PYPROJECT])


def _lock(
    sources: ProjectFiles, pins: PinSet, interpreter: Interpreter, uv: Uv, pyproject: bytes | None = None
) -> Files:
    """Return the uv.lock of a ``pyproject``: of that which there will be, or where there is none yet."""
    from flaskgen.commands.freezing import lock_project

    return lock_project(
        pyproject or sources.result[PYPROJECT],
        None if pyproject else sources.seen.get(LOCK_FILE),
        (*pins.runtime, *pins.dev),
        interpreter=interpreter,
        uv=uv,
    )


def _next_steps(
    spec: ProjectSpec, catalogue: Catalogue, *, verified: bool
) -> tuple[Revision | None, tuple[str, ...]]:
    """Return the first revision, which a start writes, and what to type before the first `flask run`."""
    steps = catalogue.next_steps(spec.extensions, spec.command)
    if "migrate" not in spec.extensions:
        return None, tuple(steps)
    revision = first_revision(spec.command, is_new=True)
    others = other_steps(steps, (revision.apply, f"{spec.command} init-db"))
    return (revision, others) if verified else (None, (*revision.steps_by_hand(), *others))
