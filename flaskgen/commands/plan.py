"""Everything that a command will do to a project, decided before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from flaskgen.effects.git import file_merge
from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.python.verification import Answer
from flaskgen.effects.system.session import Background, Session
from flaskgen.effects.transaction.files import read_all_files, read_files
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import Fix, MergeConflict, NameClash
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.merging.plan import ConflictPolicy, FileChange, FilePlan, Status
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.tree import Files, Tree, without
from flaskgen.reporting import counted, first_of

if TYPE_CHECKING:
    from flaskgen.planning.merging.clashes import Clash
    from flaskgen.planning.merging.renames import Renames
    from flaskgen.planning.merging.revisions import Revision

_SHOWN = 5
_TOUCHING = {Status.CREATE, Status.UPDATE, Status.MERGE, Status.DELETE, Status.CONFLICT}


@dataclass(frozen=True)
class Settings:
    """How a project is created or changed, as far as it does not say to what."""

    sources: PackageSources = field(default_factory=configured_sources)
    """Where packages come from; by default from where pip would take them."""
    extensions: tuple[Path, ...] = ()
    """Directories with extensions beside those of flaskgen and of installed packages."""
    install: bool = True
    verify: bool = True
    policy: ConflictPolicy = ConflictPolicy.STOP
    """What is done where the user's files and those of the project exclude each other."""
    dry_run: bool = False


@dataclass(frozen=True)
class ChangeSettings(Settings):
    update: bool = False
    """Whether a project of older templates is brought up to date in the same change."""


class WantedPackages(NamedTuple):
    """How an upgrade changes the environment."""

    newest: bool
    """Whether the newest releases are taken, instead of the tested ones."""
    interpreter: Interpreter | None
    """The Python of a new environment; None if the one that is there stays."""
    pinned: str
    """The release of Flask that pyproject.toml pins, which its user may have changed."""


class Wanted(NamedTuple):
    """The specification that was asked for, and what there is to say about it."""

    spec: ProjectSpec
    notes: tuple[str, ...] = ()
    upgrade: WantedPackages | None = None
    """What else the packages are to be; None if they only have to fulfil the requirements."""


@dataclass(frozen=True, eq=False, repr=False)
class ProjectFiles:
    """The files of a project: what they hold, and what they are to hold."""

    project: Path
    base: Tree
    render: Callable[[], Tree]
    """Returns theirs; of a new project it is called while packages are installed already."""
    session: Session
    once: frozenset[PurePosixPath] = frozenset()
    """Files that are written once, for their owner only, and never recorded."""
    policy: ConflictPolicy = ConflictPolicy.STOP
    besides: frozenset[PurePosixPath] = frozenset()
    """Files of the change that no template makes."""

    @cached_property
    def everything(self) -> Files:
        """All files of the project that may be its user's."""
        return read_all_files(self.project)

    @cached_property
    def renames(self) -> Renames:
        """Which of the files the user renamed."""
        from flaskgen.planning.merging.renames import NO_RENAMES, find_renames

        if not self.base:
            return NO_RENAMES
        base, theirs = without(self.base, self.once), without(self.theirs, self.once)
        return find_renames(base, {**self.everything, **read_files(self.project, base)}, theirs)

    @cached_property
    def theirs(self) -> Tree:
        return self.render()

    @cached_property
    def seen(self) -> Files:
        """What the files hold now, as far as they exist."""
        made = (path for tree in (self.base, self.theirs) for path in self.renames.follow(tree))
        return read_files(self.project, {*made, *self.besides})

    @cached_property
    def merged_from(self) -> tuple[Tree, Files]:
        """Base and ours as they are merged: the requirements of an earlier version's project are moved."""
        if not self.base:
            return self.base, self.seen
        from flaskgen.planning.merging.requirements_in import move_requirements

        return move_requirements(self.base, self.seen)

    @cached_property
    def plan(self) -> FilePlan:
        from flaskgen.planning.merging.changes import plan_changes

        base, ours = self.merged_from
        return plan_changes(
            base,
            ours,
            self.theirs,
            merge=file_merge(self.session),
            once=self.once,
            renames=self.renames,
            policy=self.policy,
        )

    @property
    def result(self) -> Files:
        """What the files that templates make will hold."""
        after = {**self.seen, **self.plan.contents}
        return {path: content for path, content in after.items() if content is not None}

    @property
    def readable(self) -> Files:
        """The same; of a file with conflict markers, until they are gone, what its user had."""
        _, ours = self.merged_from
        marked = {change.path for change in self.plan.conflicts}
        contents = {path: text for path, text in self.plan.contents.items() if path not in marked}
        return {**ours, **{path: text for path, text in contents.items() if text is not None}}


class EnvironmentWork(Protocol):
    """What a plan does to an environment."""

    @property
    def packages(self) -> PackageChange: ...

    @property
    def python(self) -> Path:
        """The environment's interpreter, there or to come."""

    def begin(self, change: Transaction, background: Background) -> None:
        """Note what is about to happen, and begin with it. Raises InstallFailed, or CannotWrite."""

    def freeze(self) -> Files:
        """Return the requirements files that can only be written now."""

    def finish(self) -> None:
        """Complete what was begun, when the project's files are written. Raises InstallFailed."""


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """A change of a project that can be made, or a project that can be created."""

    project: Path
    title: str
    """What was typed: ``add mail``."""
    spec: ProjectSpec
    before: ProjectSpec | None
    """What the project is made of now; None for one that is created."""
    sources: ProjectFiles
    environment: EnvironmentWork | None
    """What happens to the packages; None if nothing is installed."""
    record: Files = field(default_factory=dict)
    """The files that later commands start from, if they are not among ``sources``."""
    freeze: Callable[[], Files] = dict
    """Returns the requirements files that are known before anything is installed, and differ; uv may still be
    writing them."""
    clashes: tuple[Clash, ...] = ()
    """Names that the change brings and that the user's own code has already."""
    git: bool = False
    """Whether a repository with a first commit is made."""
    revision: Revision | None = None
    """The revision that the models need, if it can be written."""
    next_steps: tuple[str, ...] = ()
    """What to type afterwards, besides the steps of the revision."""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def files(self) -> FilePlan:
        return self.sources.plan

    @property
    def frozen(self) -> Files:
        return self.freeze()

    @property
    def packages(self) -> PackageChange:
        return self.environment.packages if self.environment else PackageChange()

    @property
    def is_empty(self) -> bool:
        """Whether everything is as the change would make it."""
        files = any(change.status in _TOUCHING for change in self.files.changes)
        record = any(self.sources.seen.get(path) != content for path, content in self.record.items())
        return not (files or record or self.frozen or self.packages != PackageChange())


PlanT = TypeVar("PlanT", bound=Plan)


@dataclass(frozen=True, eq=False, repr=False)
class Outcome(Generic[PlanT]):
    """What came of a command: its plan, and what was made of it."""

    plan: PlanT
    files: FilePlan
    """What happened to each file, and to the revision that was written."""
    made: bool
    """False if there was nothing to do, or if it was a dry run."""
    frozen: Files = field(default_factory=dict)
    """Requirements files that were written."""
    answer: Answer | None = None
    """What the application answered; None if it was not asked."""
    was_clean: bool | None = None
    """Whether everything was committed before; None if Git does not keep the project."""

    @property
    def steps(self) -> tuple[str, ...]:
        """What to type now."""
        revision, answer = self.plan.revision, self.answer
        own: tuple[str, ...] = ()  # if no table differs
        if revision and (answer is None or answer.revision):
            own = (revision.apply,)
        elif revision and answer and (answer.status is None or answer.no_revision is not None):
            own = revision.steps_by_hand(answer.no_revision)
        return (*own, *self.plan.next_steps)


def require_decided(plan: Plan, *, verify: bool) -> None:
    """Raise NameClash or MergeConflict if a person has to decide something before the change is made."""
    if verify:
        _require_no_clashes(plan)
    require_settled(plan)


def _require_no_clashes(plan: Plan) -> None:
    """Raise NameClash, with a note for each further one, if the change brings names that the user has."""
    if not plan.clashes:
        return
    added = [name for name in plan.spec.extensions if plan.before and name not in plan.before.extensions]
    by = added[0] if len(added) == 1 else "the change" if plan.before else "the project"
    first, *others = (clash.message(by) for clash in plan.clashes)
    anyway = "make the change" if plan.before else "create the project"
    error = NameClash(first, hint=f"rename yours, or {anyway} anyway with --no-verify")
    for message in others:
        error.add_note(message)
    raise error


def require_settled(plan: Plan) -> None:
    """Raise MergeConflict, with a note for each place, if a person has to decide."""
    open_ones = [change for change in plan.files.conflicts if change.content is None]
    if not open_ones:
        return
    if plan.before is None:
        raise _already_there(plan, open_ones)
    places = sum(len(change.hunks) or 1 for change in open_ones)
    error = MergeConflict(
        f"your edits and the change conflict in {counted(places, 'place')}",
        hint="resolve them with --conflict: markers inserts both versions, theirs takes the new lines, "
        "ours keeps yours",
        fix=Fix(option=("--conflict", "markers")),
    )
    for change in open_ones:
        for hunk in change.hunks:
            yours = hunk.ours[0].strip() if hunk.ours else "(removed)"
            new = hunk.theirs[0].strip() if hunk.theirs else "(removed)"
            error.add_note(f"{change.path}:{hunk.line}: you have `{yours}`, the change has `{new}`")
        if not change.hunks:
            reason = "; ".join(change.notes) or "already exists and differs"
            error.add_note(f"{change.path} {reason}")
    raise error


def _already_there(plan: Plan, conflicts: Sequence[FileChange]) -> MergeConflict:
    """Return the refusal of a new project whose directory has other files at the paths of its own."""
    names = [str(change.path) for change in conflicts]
    error = MergeConflict(
        f"`{plan.project.name}` already has {first_of(names, _SHOWN)},"
        f" not as the project has {'it' if len(names) == 1 else 'them'}",
        hint="--conflict ours keeps yours, markers inserts both versions, theirs takes the project's",
        fix=Fix(option=("--conflict", "ours")),
    )
    for change in conflicts:
        for note in change.notes:
            error.add_note(f"{change.path} {note}")
    return error
