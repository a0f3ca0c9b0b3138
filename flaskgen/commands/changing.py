"""Plan a change of a project that flaskgen made."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from flaskgen import __version__
from flaskgen.commands.existing_environment import ExistingEnvironment, plan_packages
from flaskgen.commands.freezing import FROZEN_OF, install_steps, lock_project, roots_of
from flaskgen.commands.plan import ChangeSettings, Plan, ProjectFiles, Wanted
from flaskgen.commands.upgrading import ReplacedEnvironment, plan_upgrade
from flaskgen.effects.git import file_merge
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import active_environment, find_workspace
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.python.environments import Environment, markers_of_minor, require_allowed
from flaskgen.effects.python.interpreters import find_of_minor
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.effects.shipped.rendering import render_projects
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_file
from flaskgen.errors import Fix, IncompatibleVersions, ProjectOutdated
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.merging.clashes import Clash, find_clashes, find_doubles, names_of_packages
from flaskgen.planning.merging.plan import ConflictPolicy
from flaskgen.planning.merging.revisions import Revision, first_revision, other_steps
from flaskgen.planning.merging.schema import (
    SchemaChange,
    columns_by_table,
    next_revision,
    schema_changes,
    steps_without_migrations,
    tables_left,
)
from flaskgen.planning.packages.direct_requirements import PYPROJECT
from flaskgen.planning.packages.freeze import format_files
from flaskgen.planning.packages.lock import LOCK_FILE, NotLocked, PinSet, select_pins
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.packages.pins import decode, without_versions
from flaskgen.planning.project.names import BASE_PATH, PYTHON_VERSION_FILE, RECORD_PATH
from flaskgen.planning.project.record import format_record, pack_base, parse_record
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.tree import Files, Tree, differ, encode, only, without

_BESIDES = frozenset({BASE_PATH, RECORD_PATH, *FROZEN_OF})
_OTHER_LOCKS = {"poetry.lock": "poetry lock", "pdm.lock": "pdm lock"}
_FREEZE_LATER = (
    "python -m pip install -e .  # what the change requires",
    "flaskgen freeze  # update requirements.txt",
)


def plan_change(
    project: OpenProject,
    wanted: Wanted,
    environment: Environment | None,
    settings: ChangeSettings,
    session: Session,
    *,
    title: str,
) -> Plan:
    """Decide what happens to every file and package if the project gets another specification.

    Base and theirs are both of today's templates, so that nothing but the difference is carried over; with
    ``settings.update`` the base is what flaskgen wrote last, which updates the templates as well. Raises
    ProjectOutdated if the project is of other templates and is not to be updated, and the errors of the new
    specification, its versions and the environment; conflicts are in the plan.
    """
    spec = wanted.spec
    once = project.catalogue.once(project.spec.extensions, spec.extensions)
    base, new, theirs = _find_trees(project, wanted, once, update=settings.update)
    sources = ProjectFiles(project.path, base, lambda: new, session, once, settings.policy, _BESIDES)
    tables = schema_changes(sources.seen, sources.result)
    revision, steps = _database_steps(project, spec, sources, tables)
    if revision and (environment is None or not settings.verify or sources.plan.conflicts):
        steps, revision = (*revision.steps_by_hand(), *steps), None
    frozen: Files = {}
    if wanted.upgrade is not None or roots_of(sources.merged_from[0]) != roots_of(theirs):
        workspace = find_workspace(project.path)
        steps = (*_lock_steps(project.path, workspace), *steps)
        if environment is None:
            frozen, install = _freeze_without_environment(project, wanted, sources, settings)
            steps = steps if workspace else (*install, *steps)  # there, `uv sync` installs them
    work = environment and _environment_work(project, wanted, environment, sources, settings)
    if work and wanted.upgrade and work.packages == PackageChange():
        frozen = work.freeze()  # what is installed may have been changed by hand since it was frozen
    return Plan(
        project=project.path,
        title=title,
        spec=spec,
        before=project.before,
        sources=sources,
        environment=work,
        record=_record(project, spec, sources, without(theirs, once), update=settings.update),
        freeze=lambda: frozen,
        clashes=_find_clashes(project, spec, sources),
        revision=revision,
        next_steps=steps,
        notes=(
            *project.evolved,
            *wanted.notes,
            *_kept_revisions(project, spec),
            *(() if "migrate" in spec.extensions else tables_left(tables)),
        ),
        warnings=(_no_environment(project.path),) if settings.install and work is None else (),
    )


def _find_trees(
    project: OpenProject, wanted: Wanted, once: frozenset[PurePosixPath], *, update: bool
) -> tuple[Tree, Tree, Tree]:
    """Return the base of a project, what it is to have, and what of that the templates make.

    Files that are written ``once`` are not compared. Raises ProjectOutdated if it is of other templates and
    not to be ``update``d, and IncompatibleVersions.
    """
    spec = wanted.spec
    rendered, theirs = _render(project, spec)
    base, new = _base(project, rendered, once, update=update), theirs
    if wanted.upgrade:
        base = _with_pin(base, project.spec.release.version, wanted.upgrade.pinned)
        base, new = _with_python_version(project, spec, base, theirs)
    return base, new, theirs


def _render(project: OpenProject, spec: ProjectSpec) -> tuple[Tree | None, Tree]:
    """Return what today's templates make of a project as it is, if they can, and as it is to be."""
    secret_key = secrets.token_urlsafe(32)
    try:
        rendered, theirs = render_projects((project.spec, spec), project.catalogue, secret_key=secret_key)
    except IncompatibleVersions:  # by now, an extension that it has does not work with its Flask
        if project.pristine is None:
            raise
        (theirs,) = render_projects((spec,), project.catalogue, secret_key=secret_key)
        return None, theirs
    return rendered, theirs


def _base(
    project: OpenProject, rendered: Tree | None, once: frozenset[PurePosixPath], *, update: bool
) -> Tree:
    """Return what the project is merged from: two generations of templates are never mixed."""
    stored = project.pristine
    if rendered is not None and (stored is None or not differ(stored, without(rendered, once))):
        return rendered
    if not update:
        here = project.catalogue.versions(project.spec.extensions)
        makers = [f"flaskgen {__version__}", *(f"{name} {version}" for name, version in here.items())]
        first = "first with `flaskgen update`, or " if rendered else ""
        raise ProjectOutdated(
            f"`{project.path.name}` was created from templates other than those of {' and '.join(makers)}",
            hint=f"update it {first}in the same change with --update",
            fix=Fix(more="--update"),
        )
    return {**(stored or {}), **only(rendered or {}, once)}


def _with_pin(base: Tree, version: str, pinned: str) -> Tree:
    """Let the pin of Flask be as flaskgen's own if its user only changed its version."""
    pyproject = decode(encode(base.get(PYPROJECT, b"")))
    return {**base, PYPROJECT: pyproject.replace(f'"Flask=={version}"', f'"Flask=={pinned}"')}


def _with_python_version(
    project: OpenProject, spec: ProjectSpec, base: Tree, theirs: Tree
) -> tuple[Tree, Tree]:
    """Let a .python-version, which no template makes, follow the Python of the project."""
    before = read_file(project.path / PYTHON_VERSION_FILE)
    found = version_numbers(decode(before or b"").strip())
    if (
        before is None
        or spec.python == project.spec.python
        or found[:2] != version_numbers(project.spec.python)
    ):
        return base, theirs
    return {**base, PYTHON_VERSION_FILE: before}, {**theirs, PYTHON_VERSION_FILE: f"{spec.python}\n"}


def _lock_steps(project: Path, workspace: Path | None) -> Iterator[str]:
    """Yield what to type for the locks of tools that flaskgen does not run, and of a uv workspace."""
    for name, command in _OTHER_LOCKS.items():
        if (project / name).is_file():
            yield f"{command}  # {name} is for what pyproject.toml required before"
    if workspace:
        root = os.path.relpath(workspace, project)
        yield f"uv sync  # as {root} is a workspace, whose uv.lock has to follow"


def _no_environment(project: Path) -> str:
    active = active_environment(project)
    why = f": the active one, `{active.path}`, {active.unfit}" if active else ""
    return f"the project has no virtual environment{why}; nothing will be installed"


def _environment_work(
    project: OpenProject,
    wanted: Wanted,
    environment: Environment,
    sources: ProjectFiles,
    settings: ChangeSettings,
) -> ExistingEnvironment | ReplacedEnvironment:
    """Return what happens to the environment. Raises what ``plan_upgrade`` and ``plan_packages`` raise."""
    spec = wanted.spec
    _, ours = sources.merged_from
    after = sources.readable
    uv = Uv(sources.session, settings.sources)
    if any(change.content is None for change in sources.plan.conflicts):  # which a person has to settle first
        return ExistingEnvironment(environment, PackageChange(), uv=uv)
    requirements, roots = spec.requirements(project.catalogue), roots_of(after)
    if not (wanted.upgrade and wanted.upgrade.interpreter):
        require_allowed(environment, roots)
    if wanted.upgrade:
        return plan_upgrade(
            project.path, environment, spec, wanted.upgrade, ours, after, requirements=requirements, uv=uv
        )
    if roots_of(sources.seen) == roots:  # no packages come or go, and what is installed is not this change's
        return ExistingEnvironment(environment, PackageChange(), uv=uv)
    packages = plan_packages(
        environment,
        roots_of(ours),
        roots,
        spec=spec,
        constraints=requirements.constraints,
        uv=uv,
    )
    return ExistingEnvironment(environment, packages, files=after, uv=uv)


def _freeze_without_environment(
    project: OpenProject, wanted: Wanted, sources: ProjectFiles, settings: ChangeSettings
) -> tuple[Files, tuple[str, ...]]:
    """Return the requirements files of the tested versions that differ, and what to type to install these.

    If both files are not those of the old specification, for an upgrade of any versions, they depend on what
    is installed: then all is left to be typed. A uv.lock follows them.
    """
    ours, spec, session = sources.seen, wanted.spec, sources.session
    form = without_versions if wanted.upgrade else decode
    interpreter = find_of_minor(spec.python, session=session)
    markers = markers_of_minor(spec.python, interpreter)
    try:
        old, pins = (pins_of(one, project.catalogue, markers) for one in (project.before, spec))
    except (NotLocked, IncompatibleVersions):
        return {}, _FREEZE_LATER
    was, frozen = (
        format_files(of, dev=one.dev, hashes=one.hashes) for one, of in ((project.before, old), (spec, pins))
    )
    if any(form(ours.get(path, b"")) != form(content) for path, content in was.items()):
        return {}, _FREEZE_LATER
    if interpreter and LOCK_FILE in ours:
        uv = Uv(session, settings.sources._replace(offline=True))
        pyproject = sources.result[PYPROJECT]
        frozen |= lock_project(pyproject, ours[LOCK_FILE], pins.all, interpreter=interpreter, uv=uv)
    changed = {path: text for path, text in frozen.items() if ours.get(path) != text}
    return changed, install_steps(ours, {**ours, **changed})


def pins_of(spec: ProjectSpec, catalogue: Catalogue, markers: Mapping[str, str]) -> PinSet:
    """Return the tested versions for a specification. Raises NotLocked."""
    return select_pins(load_lock(spec.release.series), spec.requirements(catalogue), markers=markers)


def _record(
    project: OpenProject, spec: ProjectSpec, sources: ProjectFiles, pristine: Tree, *, update: bool
) -> Files:
    """Return the record's files; what a person wrote into project.toml stays in it."""
    was = project.record
    generator = __version__ if update else was.generator
    here = project.catalogue.versions(spec.extensions)
    before, after = (
        format_record(one, generator=made_by, environment=was.environment, versions=versions).encode()
        for one, made_by, versions in (
            (project.before, was.generator, was.versions),
            (spec, generator, here),
        )
    )
    ours = sources.seen[RECORD_PATH]
    if ours != before:
        merged = file_merge(sources.session)(
            RECORD_PATH, base=before, ours=ours, theirs=after, policy=ConflictPolicy.THEIRS
        ).content
        if merged is not None and parse_record(merged) == parse_record(after):
            after = merged
    return {BASE_PATH: pack_base(pristine), RECORD_PATH: after}


def _find_clashes(project: OpenProject, spec: ProjectSpec, sources: ProjectFiles) -> tuple[Clash, ...]:
    extensions = project.catalogue.extensions
    there = [extensions[name] for name in project.before.extensions]
    added = [extensions[name] for name in spec.extensions if name not in project.before.extensions]
    follow = sources.renames.follow
    generated = project.spec.resources or project.spec.generated
    doubles = find_doubles(sources.base, sources.theirs) if added and generated else ()
    return (
        *doubles,
        *find_clashes(
            follow(sources.base),
            sources.everything,
            follow(sources.theirs),
            merged=sources.result,
            of_packages=names_of_packages(added) - names_of_packages(there),
        ),
    )


def _kept_revisions(project: OpenProject, spec: ProjectSpec) -> Iterator[str]:
    """Yield what there is to say about revisions that stay without the extension that applies them."""
    versions = project.path / "migrations" / "versions"
    if "migrate" in project.spec.extensions and "migrate" not in spec.extensions and versions.is_dir():
        yield "`migrations/versions/` stays: delete it if you do not need its revisions any more"


def _database_steps(
    project: OpenProject, spec: ProjectSpec, sources: ProjectFiles, changes: Sequence[SchemaChange]
) -> tuple[Revision | None, tuple[str, ...]]:
    """Return the revision that the change needs, and what else to type after it."""
    command = spec.command
    added = [name for name in spec.extensions if name not in project.before.extensions]
    others = project.catalogue.next_steps(added, command)
    old, new = (one.options.get("sqlalchemy") for one in (project.before, spec))
    if old and new and old != new:
        create = "db upgrade" if "migrate" in spec.extensions else "init-db"
        others = [
            f"{command} {create}  # create the tables in the new database, without the old rows",
            *others,
        ]
    if "migrate" not in spec.extensions:
        own = tuple(steps_without_migrations(changes, command))
        return None, (*own, *other_steps(others, own))
    revision = None
    if "migrate" in added:
        revision = first_revision(command, is_new=not columns_by_table(sources.seen))
    elif changes:
        revision = next_revision(changes, command)
    own = (revision.apply, f"{command} init-db") if revision else ()
    return revision, other_steps(others, own)
