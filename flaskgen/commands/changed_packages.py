"""What becomes of the packages of a project, and of its requirements files, in a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from flaskgen.commands.existing_environment import ExistingEnvironment, plan_packages
from flaskgen.commands.freezing import lock_project, roots_of, texts_of
from flaskgen.commands.plan import ChangeSettings, Files, ProjectFiles, Wanted
from flaskgen.commands.upgrading import ReplacedEnvironment, plan_upgrade
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.python.environments import Environment, marker_environment
from flaskgen.effects.python.interpreters import find_of_minor
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.merging.requirements_in import PYPROJECT
from flaskgen.planning.packages.freeze import format_files
from flaskgen.planning.packages.lock import NotLocked, PinSet, select_pins
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.packages.pins import decode, without_versions
from flaskgen.planning.packages.uv_lock import LOCK_FILE
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue


def environment_work(
    project: OpenProject,
    wanted: Wanted,
    environment: Environment,
    sources: ProjectFiles,
    settings: ChangeSettings,
    session: Session,
) -> ExistingEnvironment | ReplacedEnvironment:
    """Return what happens to the environment. Raises what ``plan_upgrade`` and ``plan_packages`` raise."""
    spec = wanted.spec
    _, ours = sources.merged_from
    files = sources.plan
    # A file with conflict markers cannot be read: what counts until they are gone is what the user had.
    written = {change.path: change.content for change in files.written if change not in files.conflicts}
    new = {path: content for path, content in written.items() if content is not None}
    before, after = texts_of(ours), texts_of({**ours, **new})
    uv = Uv(session, settings.sources)
    if any(change.content is None for change in files.conflicts):  # which a person has to settle first
        return ExistingEnvironment(environment, PackageChange(), uv=uv)
    requirements = spec.requirements(project.catalogue)
    if wanted.upgrade:
        return plan_upgrade(
            project.path, environment, spec, wanted.upgrade, before, after, requirements=requirements, uv=uv
        )
    packages = plan_packages(
        environment,
        roots_of(before),
        roots_of(after),
        spec=spec,
        constraints=requirements.constraints,
        uv=uv,
    )
    return ExistingEnvironment(environment, packages, texts=after, uv=uv)


def frozen_without_environment(
    project: OpenProject,
    wanted: Wanted,
    sources: ProjectFiles,
    settings: ChangeSettings,
    session: Session,
) -> Files | None:
    """Return the requirements files of the tested versions; None if they depend on what is installed.

    They do not if both files are still those of the old specification; for an upgrade, of any versions. A
    uv.lock follows them.
    """
    ours, spec = sources.seen, wanted.spec
    form = without_versions if wanted.upgrade else decode
    markers = markers_of_minor(spec.python, session=session)
    try:
        was, is_now = (_locked_files(one, project.catalogue, markers) for one in (project.spec, spec))
    except NotLocked:
        return None
    if any(form(ours.get(PurePosixPath(name), b"")) != form(content) for name, content in was.items()):
        return None
    frozen = {PurePosixPath(name): content for name, content in is_now.items()}
    interpreter, lock_path = find_of_minor(spec.python, session=session), PurePosixPath(LOCK_FILE)
    if interpreter and lock_path in ours:
        lock = lock_project(
            sources.result[PYPROJECT],
            ours[lock_path],
            pins_of(spec, project.catalogue, markers).all,
            interpreter=interpreter,
            uv=Uv(session, replace(settings.sources, offline=True)),
        )
        frozen |= {lock_path: lock} if lock else {}
    return frozen


def _locked_files(spec: ProjectSpec, catalogue: Catalogue, markers: Mapping[str, str]) -> Mapping[str, bytes]:
    files = format_files(pins_of(spec, catalogue, markers), dev=spec.dev, hashes=spec.hashes)
    return {name: text.encode() for name, text in files.items()}


def markers_of_minor(minor: str, *, session: Session) -> dict[str, str]:
    """Return the markers of an interpreter of a minor version; one that is not here is imagined."""
    return marker_environment(find_of_minor(minor, session=session) or Interpreter(Path(), f"{minor}.0"))


def pins_of(spec: ProjectSpec, catalogue: Catalogue, markers: Mapping[str, str]) -> PinSet:
    """Return the tested versions for a specification. Raises NotLocked."""
    return select_pins(load_lock(spec.release.series), spec.requirements(catalogue), markers=markers)
