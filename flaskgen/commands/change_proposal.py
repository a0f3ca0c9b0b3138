"""Decide everything about a change of a project before anything is written."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from flaskgen import __version__
from flaskgen.commands.change_packages import ProjectPackages, pins_without_environment, read_texts
from flaskgen.commands.environment_packages import PackageSettings, own_environment
from flaskgen.commands.freeze import FROZEN_OF
from flaskgen.effects.git.merge import FileMerge
from flaskgen.effects.project.environment_lookup import project_environment
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.project_files import read_files
from flaskgen.planning.merging.changes import apply_to_tree, plan_changes
from flaskgen.planning.merging.plan import ConflictPolicy, Plan, Status
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.project.pristine import BASE_PATH, pack_base
from flaskgen.planning.project.record import RECORD_PATH, format_record, parse_record
from flaskgen.planning.project.spec import ProjectSpec, template_values
from flaskgen.planning.templates.render import render
from flaskgen.planning.templates.tree import Tree, encode, only, without

_REQUIREMENTS = PurePosixPath("requirements.in")
_FREEZE_LATER = (
    "python -m pip install -r requirements.in  # what the change needs",
    "flaskgen freeze  # into requirements.txt",
)


@dataclass(frozen=True)
class ChangeSettings:
    """How a project is changed, as far as it does not say to what."""

    packages: PackageSettings = field(default_factory=PackageSettings)
    install: bool = True
    policy: ConflictPolicy = ConflictPolicy.STOP


@dataclass(frozen=True)
class ChangeProposal:
    """A change that can be made: all is decided and nothing is written."""

    project: OpenProject
    title: str
    """What was typed: ``add mail``."""
    spec: ProjectSpec
    plan: Plan
    ours: Mapping[PurePosixPath, bytes]
    """What the files of the plan hold now."""
    record: Mapping[PurePosixPath, bytes]
    """The files that later commands start from."""
    packages: PackageChange | None
    """None where nothing is installed."""
    frozen: Mapping[PurePosixPath, bytes]
    """Requirements files that are known before anything is installed."""
    environment: ProjectPackages | None
    next_steps: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether everything is as the change would make it."""
        files = any(change.status in _TOUCHING for change in self.plan.changes) or self.frozen
        record = read_files(self.project.path, self.record) != self.record
        return not (files or record or (self.packages and (self.packages.install or self.packages.uninstall)))


_TOUCHING = {Status.CREATE, Status.UPDATE, Status.MERGE, Status.DELETE, Status.CONFLICT}


def propose_change(
    project: OpenProject,
    spec: ProjectSpec,
    settings: ChangeSettings,
    *,
    title: str,
    session: Session,
    upgrade: bool = False,
) -> ChangeProposal:
    """Find out what becomes of every file and package when the project gets another specification.

    Base and theirs are both of today's templates, so that nothing but the difference is carried over;
    ``upgrade`` takes the stored base instead, and so brings the templates up to date. Raises what the new
    specification, its versions, or the environment give reason for; conflicts are in the plan.
    """
    merge = FileMerge(session=session)
    once = project.secret_files(project.spec, spec)
    secret_key = secrets.token_urlsafe(32)
    rendered, theirs = (_render(project, one, secret_key) for one in (project.spec, spec))
    stored = without(rendered, once) if project.pristine is None else project.pristine
    base = {**stored, **only(rendered, once)} if upgrade else rendered
    ours = read_files(project.path, {*base, *theirs, *map(PurePosixPath, FROZEN_OF)})
    plan = plan_changes(base, ours, theirs, merge=merge, once=once, pristine=stored, policy=settings.policy)
    moved = without(theirs, once) if upgrade else _move(stored, base, theirs, once, merge)
    environment = _environment(project, ours, plan, settings)
    settled = all(change.content is not None for change in plan.conflicts)
    packages = None
    if environment and settled:
        constraints = spec.requirements(project.catalogue).constraints
        packages = environment.plan(spec, constraints, session=session)
    frozen: Mapping[PurePosixPath, bytes] | None = {}
    if not environment and encode(base[_REQUIREMENTS]) != encode(theirs[_REQUIREMENTS]):
        frozen = None if upgrade else _frozen_without(project, spec, ours)
    generator = __version__ if upgrade else project.record.generator
    return ChangeProposal(
        project=project,
        title=title,
        spec=spec,
        plan=plan,
        ours=ours,
        packages=packages,
        frozen={path: text for path, text in (frozen or {}).items() if ours.get(path) != text},
        environment=environment,
        record=_record(project, spec, moved, generator, merge),
        next_steps=(*(_FREEZE_LATER if frozen is None else ()), *_next_steps(project, spec)),
        warnings=tuple(_warnings(settings, environment)),
    )


def _render(project: OpenProject, spec: ProjectSpec, secret_key: str) -> Tree:
    values = template_values(spec, spec.requirements(project.catalogue), secret_key=secret_key)
    return render(project.catalogue, traits=spec.traits, values=values)


def _move(stored: Tree, base: Tree, theirs: Tree, once: frozenset[PurePosixPath], merge: FileMerge) -> Tree:
    """Carry the change over to the files as flaskgen wrote them, as it is to the user's."""
    old, new = without(base, once), without(theirs, once)
    plan = plan_changes(
        old,
        {path: encode(content) for path, content in stored.items()},
        new,
        merge=merge,
        pristine=stored,
        policy=ConflictPolicy.THEIRS,
    )
    return apply_to_tree(plan, stored)


def _record(
    project: OpenProject, spec: ProjectSpec, pristine: Tree, generator: str, merge: FileMerge
) -> Mapping[PurePosixPath, bytes]:
    """Give the record's files; what a person wrote into project.toml stays in it."""
    was = project.record
    before = format_record(project.spec, generator=was.generator, environment=was.environment).encode()
    after = format_record(spec, generator=generator, environment=was.environment).encode()
    ours = read_files(project.path, [RECORD_PATH])[RECORD_PATH]
    if ours != before:
        merged = merge(
            RECORD_PATH, base=before, ours=ours, theirs=after, policy=ConflictPolicy.THEIRS
        ).content
        if merged is not None and parse_record(merged, reader=__version__) == parse_record(
            after, reader=__version__
        ):
            after = merged
    return {BASE_PATH: pack_base(pristine), RECORD_PATH: after}


def _environment(
    project: OpenProject, ours: Mapping[PurePosixPath, bytes], plan: Plan, settings: ChangeSettings
) -> ProjectPackages | None:
    if not settings.install:
        return None
    found = own_environment(project.path, project_environment(project.path))
    if found is None:
        return None
    # A file with conflict markers cannot be read: what counts until they are gone is what the user had.
    written = {change.path: change.content for change in plan.written if change not in plan.conflicts}
    after = {**ours, **{path: content for path, content in written.items() if content is not None}}
    return ProjectPackages(found, read_texts(ours), read_texts(after), settings.packages)


def _frozen_without(
    project: OpenProject, spec: ProjectSpec, ours: Mapping[PurePosixPath, bytes]
) -> dict[PurePosixPath, bytes] | None:
    """Give the requirements files of a project without an environment; None where they have to wait."""
    return pins_without_environment(project.spec, spec, project.catalogue, read_texts(ours))


def _next_steps(project: OpenProject, spec: ProjectSpec) -> Iterator[str]:
    """Give the steps of what is new, and of what meets it: another table has to be made, say."""
    extensions = project.catalogue.extensions
    added = set(spec.extensions) - set(project.spec.extensions)
    told = set(added)
    for layer in project.catalogue.layers_for(spec.traits):
        others = (layer.condition & extensions.keys()) - added
        if layer.condition & added and len(others) == 1:
            told |= others
    for name in spec.extensions:
        if name in told:
            yield from (step.replace("{command}", spec.command) for step in extensions[name].next_steps)


def _warnings(settings: ChangeSettings, environment: ProjectPackages | None) -> Iterator[str]:
    if settings.install and environment is None:
        yield "there is no virtual environment, so nothing is installed"
