"""What a new project is to be: its release of Flask, its Python, its extensions and its versions.

What the compatibility data and the lock do not know is looked up on the package index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import Version

from flaskgen.commands.plan import Settings
from flaskgen.effects.git import check_git
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import workon_environment
from flaskgen.effects.python.environments import Environment, marker_environment
from flaskgen.effects.python.interpreters import find_interpreter, find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Background, Session
from flaskgen.effects.transaction.destination import check_programs_start
from flaskgen.effects.transaction.files import read_all_files
from flaskgen.errors import Fix, InterpreterNotFound, ResolutionFailed, UnknownVersion, UsageError
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.pythons import untested_note
from flaskgen.planning.flask.releases import (
    FlaskRelease,
    adopt_release,
    choose_release,
    names_a_series,
    no_such_release,
    recorded_release,
)
from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.lock import NotLocked, PinSet, require_tested, select_pins, split_resolution
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.names import DEFAULT_ENVIRONMENT, parse_project_name
from flaskgen.planning.project.spec import Answers, ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options, parse_request, select_for_series

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


class Specified(NamedTuple):
    """What a new project is to be, and what it is made with."""

    spec: ProjectSpec
    catalogue: Catalogue
    interpreter: Interpreter
    place: Path
    """Where its environment is, or would be."""
    environment: Environment | None
    """The environment, if it is there already."""
    requirements: DirectRequirements
    pins: PinSet
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def specify(
    path: Path,
    occupied: Occupied | None,
    answers: Answers,
    settings: NewSettings,
    session: Session,
    background: Background,
) -> Specified:
    """Find the release of Flask and a Python for it, and choose extensions, options and versions."""
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
    requirements = spec.requirements(catalogue)
    if occupied:
        requirements = occupied.with_own(requirements)
    pins, resolved = _choose_pins(release, requirements, interpreter, answers.versions, settings, session)
    untested = filter(None, [untested_note(release, interpreter)])
    warnings = (*untested, *release.notes, *resolved)
    return Specified(
        spec, catalogue, interpreter, place, environment, requirements, pins, selection.notes, warnings
    )


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


def _choose_pins(
    release: FlaskRelease,
    requirements: DirectRequirements,
    interpreter: Interpreter,
    planned: Mapping[str, str] | None,
    settings: NewSettings,
    session: Session,
) -> tuple[PinSet, tuple[str, ...]]:
    """Take the tested versions from the lock; if it does not hold them, or is not wanted, ask the index.

    A resolution stays near to those that a plan says, else to the lock.
    """
    lock = load_lock(release.series)
    markers = marker_environment(interpreter)
    try:
        require_tested(newest=settings.newest)
        pins = select_pins(lock, requirements, markers=markers)
        if planned in (None, _versions(pins)):
            return pins, ()
        raise NotLocked("the plan has others than the lock")
    except NotLocked as reason:
        note = reason.note
    if not settings.install:
        raise ResolutionFailed(
            f"versions must be resolved from the package index: {note}",
            hint="remove --no-install, or --newest",
            fix=Fix("--newest"),
        )
    near = () if settings.newest else lock.preferences(markers)
    if planned is not None:
        near = tuple(Pin(name, version) for name, version in planned.items())
    with session.reporter.step("Resolve versions"):
        resolved = Uv(session, settings.sources).resolve(
            [*requirements.runtime, *requirements.dev, *requirements.environment, *requirements.constraints],
            interpreter=interpreter,
            preferences=near,
        )
    return split_resolution(resolved, requirements), (note,)


def _versions(pins: PinSet) -> dict[str, str]:
    return {pin.name: pin.version for pin in pins.all}


def require_planned(pins: PinSet, versions: Mapping[str, str]) -> None:
    """Raise ResolutionFailed if a plan has other versions than those that would be installed."""
    here = _versions(pins)
    for name in sorted(here.keys() | versions):
        planned, found = versions.get(name, "no version"), here.get(name, "none")
        if planned != found:
            raise ResolutionFailed(
                f"the plan cannot be carried out: it has {name} {planned}, and the index has {found}",
                hint="plan it again: flaskgen new --dry-run --json",
            )


def find_release(
    text: str, *, sources: PackageSources, install: bool = True, session: Session
) -> FlaskRelease:
    """Return the release that ``text`` means, asking the index only for what the data does not know.

    Without ``install`` it is not asked. Raises as ``choose_release`` does; UnknownVersion tells whether there
    is no such release, or why the index could not be asked.
    """
    all_series = load_series()
    try:
        return choose_release(text, all_series)
    except UnknownVersion as unknown:
        if option := "--offline" if sources.offline else "" if install else "--no-install":
            raise UnknownVersion(
                f"{unknown.message}, and does not query the index because of {option}",
                hint=unknown.hint,
                fix=unknown.fix,
            ) from None
    with session.reporter.step(f"Look up Flask {text}"):
        uv, interpreter = Uv(session, sources), _newest_interpreter(session)
        newest = partial(_newest, text=text, uv=uv, interpreter=interpreter)
        if names_a_series(text):
            version, yanked = newest(f"Flask=={text}.*"), None
            # uv takes a pre-release if a series has nothing else; it has to be named exactly.
            version = None if version and Version(version).is_prerelease else version
        else:
            version = newest(f"Flask>={text},<={text}")
            # A yanked release is taken for nothing but its exact version.
            yanked = None if version else "yanked by its authors"
            version = version or newest(f"Flask=={text}")
        if version is None:
            raise no_such_release(f"there is no Flask {text}", text, all_series)
    return adopt_release(version, all_series, yanked=yanked)


def find_newest(release: FlaskRelease, *, sources: PackageSources, session: Session) -> FlaskRelease:
    """Return the newest release of the same series that the index has. Raises UnknownVersion."""
    series = release.series.name
    with session.reporter.step(f"Look up Flask {series}"):
        uv, interpreter = Uv(session, sources), _newest_interpreter(session)
        version = _newest(f"Flask=={series}.*", text=series, uv=uv, interpreter=interpreter)
    return recorded_release(version or release.version, load_series())


def _newest(requirement: str, text: str, uv: Uv, interpreter: Interpreter) -> str | None:
    """Return the newest release that meets ``requirement``, if there is one; uv knows every kind of index.

    Raises UnknownVersion if the index does not even have a Flask: its no means nothing then.
    """
    try:
        pins = uv.resolve([requirement], interpreter=interpreter)
    except ResolutionFailed:
        try:
            uv.resolve(["Flask"], interpreter=interpreter)
        except ResolutionFailed as error:
            raise UnknownVersion(
                f"flaskgen does not know Flask {text} and cannot query the index: {error.message}",
                hint=error.hint,
            ) from error
        return None
    return next((pin.version for pin in pins if pin.name == "flask"), None)


def _newest_interpreter(session: Session) -> Interpreter:
    """Return the one that can run the most: a release for no Python that is here might as well not exist."""
    found = [one for one in find_interpreters(session) if one.implementation == "CPython"]
    if not found:
        raise InterpreterNotFound("no Python was found", hint="pass the path of one with --python")
    return max(found, key=lambda one: version_numbers(one.version))
