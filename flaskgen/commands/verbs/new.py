"""Create a project, and prove that it works."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from flaskgen import __version__
from flaskgen.commands.holding import package_restorer
from flaskgen.commands.pipeline import announce, apply
from flaskgen.commands.plan import EnvironmentWork, Outcome, Plan, ProjectFiles, require_decided
from flaskgen.commands.specifying import NewSettings, Specified, require_planned, specify
from flaskgen.effects.git import git_is_wanted
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.locating import point_to_project
from flaskgen.effects.python.environments import Environment, create_environment
from flaskgen.effects.python.records import (
    DamagedFile,
    is_compiled,
    keep_bytecode,
    require_undamaged,
    restore_bytecode,
    verify_records,
)
from flaskgen.effects.python.verification import Answer, Application, import_tools, run_tests
from flaskgen.effects.system.session import Background, Session, Work
from flaskgen.effects.transaction.destination import check_destination, check_targets
from flaskgen.effects.transaction.holding import hold_destination, require_no_interrupted_change
from flaskgen.effects.transaction.log import LOG, read_log
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import FlaskgenError, Interrupted, VerificationFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.merging.revisions import Revision, first_revision, other_steps
from flaskgen.planning.packages.direct_requirements import PYPROJECT
from flaskgen.planning.packages.lock import LOCK_FILE, PinSet
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.project.names import BASE_PATH, RECORD_PATH
from flaskgen.planning.project.spec import Answers, ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.tree import Files, Tree, encode, without

if TYPE_CHECKING:
    from flaskgen.commands.occupied import Occupied

# What starting an application and running its tests leaves beside its files.
_MADE_BY_THE_APPLICATION = ("instance", ".pytest_cache")
# What `flask run` in debug mode and pytest import beyond the application.
_TOOLS = ("werkzeug/debug", "_pytest")


@dataclass(frozen=True, eq=False, repr=False)
class NewPlan(Plan):
    place: Path = field(kw_only=True)
    """Where the environment is, if there is one."""
    interpreter: Interpreter = field(kw_only=True)
    pins: PinSet = field(kw_only=True)
    occupied: bool = field(kw_only=True)
    """Whether the directory has files already."""


def new(
    answers: Answers, *, settings: NewSettings | None = None, session: Session | None = None
) -> Outcome[NewPlan]:
    """Create the project that the answers describe. Raises what ``plan_new`` and ``create`` raise."""
    settings, session = settings or NewSettings(), session or Session()
    _recover(answers, settings, session)
    with session.background() as background:
        try:
            plan = plan_new(answers, settings, session, background)
            if plan.occupied and not settings.dry_run:
                require_decided(plan, verify=settings.verify)
                check_targets(plan.project, {change.path for change in plan.files.written})
        except Interrupted as stop:
            stop.add_note("nothing was created")
            raise
        except FlaskgenError:
            _recover(answers, settings, session)  # what was met may be of a run that began meanwhile
            raise
        announce(plan, session)
        if settings.dry_run:
            return Outcome(plan, plan.files, made=False)
        return create(plan, settings, session)


def _recover(answers: Answers, settings: NewSettings, session: Session) -> None:
    """Roll back what a killed run left at the destination, so that nobody plans with it."""
    path = check_destination("." if answers.destination is None else answers.destination)
    if settings.dry_run:
        require_no_interrupted_change(path)
    elif (log := read_log(path / LOG)) and log.creates:
        restore = package_restorer(path, settings, session)
        with hold_destination(path, session=session, restore=restore):
            pass


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
    made = specify(path, occupied, answers, settings, session, background)
    spec, once = made.spec, made.catalogue.once(made.spec.extensions)
    render = partial(_render, spec, made.catalogue, made.pins, once)
    sources = ProjectFiles(path, {}, render, session, once, settings.policy, frozenset({LOCK_FILE}))
    environment, pins, freeze = _plan_environment(made, sources, occupied, settings, background)
    if answers.versions is not None:
        require_planned(pins, answers.versions)
    revision, next_steps = _next_steps(spec, made.catalogue, verified=settings.install and settings.verify)
    committed = answers.git and (path / ".git").exists()
    return NewPlan(
        project=path,
        title=f"new {path.name}",
        spec=spec,
        before=None,
        sources=sources,
        environment=environment,
        freeze=freeze,
        clashes=occupied.clashes(sources, spec, made.catalogue) if occupied else (),
        git=git_is_wanted(path) if answers.git is None else answers.git and not committed,
        revision=revision,
        next_steps=next_steps,
        notes=(
            *made.notes,
            *([f"`{path.name}` is a Git repository already: commit the files yourself"] if committed else []),
        ),
        warnings=(
            *made.warnings,
            *(occupied.unpinned(made.interpreter) if occupied and not made.environment else ()),
        ),
        place=made.place,
        interpreter=made.interpreter,
        pins=pins,
        occupied=occupied is not None,
    )


def _plan_environment(
    made: Specified,
    sources: ProjectFiles,
    occupied: Occupied | None,
    settings: NewSettings,
    background: Background,
) -> tuple[EnvironmentWork | None, PinSet, Callable[[], Files]]:
    """Return what happens to the environment, its versions, and what returns uv.lock if nothing does."""
    spec, pins = made.spec, made.pins
    offline = settings.sources.offline or not settings.install
    uv = Uv(sources.session, settings.sources._replace(offline=offline))
    lock = partial(_lock, sources, pins, made.interpreter, uv)
    if made.environment:
        from flaskgen.commands.occupied import use_environment

        bounds = made.requirements.constraints
        return *use_environment(made.environment, sources, spec, pins, constraints=bounds, uv=uv), dict
    if settings.install:
        return NewEnvironment(sources.project, made, lock=lock, uv=uv), pins, dict
    if occupied:
        return None, pins, lock
    # uv runs while the files are rendered and written.
    locking = background.start(partial(lock, _render_pyproject(spec, made.catalogue)))
    return None, pins, locking.result


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


class NewEnvironment:
    """An environment that is created while the project's files are rendered and written."""

    def __init__(self, project: Path, made: Specified, *, lock: Callable[[], Files], uv: Uv) -> None:
        self._project, self._made, self._lock = project, made, lock
        self._uv, self._session = uv, uv.session
        self._installing: Work[Environment] | None = None

    @property
    def packages(self) -> PackageChange:
        return PackageChange(self._made.pins.all)

    @property
    def environment(self) -> Environment:
        """The environment, once it is there. Raises InstallFailed."""
        assert self._installing is not None  # noqa: S101 - begin() comes first
        return self._installing.result()

    @property
    def python(self) -> Path:
        return self.environment.python

    def begin(self, change: Transaction, background: Background) -> None:
        change.will_make([self._made.place])
        self._installing = background.start(self._install)

    def freeze(self) -> Files:
        """Return uv.lock, which uv writes while it installs the packages."""
        with self._session.reporter.step("Lock the versions for uv"):
            return self._lock()

    def finish(self) -> None:
        with self._session.reporter.step(f"Install {len(self._made.pins.all)} packages"):
            _ = self.environment

    def verify(self, check: Callable[[], Answer], background: Background) -> Answer:
        """Check the installed files while the application starts, and keep what was compiled on the way.

        Packages whose files are not those of their wheels, because a cache was damaged, are fetched again.
        """
        started, environment = time.time(), self.environment
        with self._session.reporter.step("Verify: create_app() and GET /"):
            compiled = partial(is_compiled, environment)
            # The first project has enough to compile: its tools wait for the next one.
            tools_too = compiled("flask") and not all(map(compiled, _TOOLS))
            checking = background.start(lambda: verify_records(environment))
            answering = background.start(check)
            if tools_too:
                background.start(lambda: import_tools(self.python, session=self._session))
            damaged = checking.result()
            verification = None if damaged else answering.result()
        if verification is None:
            self._repair(damaged)
            with self._session.reporter.step("Verify again"):
                verification = check()
        keep_bytecode(environment, since=started)
        return verification

    def _install(self) -> Environment:
        made, place = self._made, self._made.place
        if not place.is_relative_to(self._project):
            point_to_project(place, self._project)
        environment = create_environment(
            place, made.interpreter, prompt=made.spec.name.text, session=self._session
        )
        self._uv.install(made.pins.all, python=environment.python)
        restore_bytecode(environment)
        return environment

    def _repair(self, damaged: Sequence[DamagedFile]) -> None:
        names = sorted({file.package for file in damaged})
        with self._session.reporter.step(f"Reinstall damaged packages: {', '.join(names)}"):
            self._uv.install(self._made.pins.all, python=self.python, again=names)
            require_undamaged(self.environment)


def create(plan: NewPlan, settings: NewSettings, session: Session) -> Outcome[NewPlan]:
    """Carry out a plan for a new project, or leave the disk as it was.

    Raises ProjectExists, InvalidDestination, InstallFailed, VerificationFailed or CannotWrite.
    """

    def verify(change: Transaction, background: Background) -> Answer | None:
        environment = plan.environment
        if not (settings.verify and environment) or plan.files.conflicts:
            return None
        change.will_make([plan.project / name for name in _MADE_BY_THE_APPLICATION])
        check = partial(_require_first_page, plan, session)
        if isinstance(environment, NewEnvironment):
            return environment.verify(check, background)
        with session.reporter.step("Verify: create_app() and GET /"):
            return check()

    def test(answer: Answer) -> Answer:
        assert plan.environment is not None  # noqa: S101 - nothing is verified without one
        with session.reporter.step("Run the project's tests"):
            tests = run_tests(plan.project, python=plan.environment.python, session=session)
        if tests is None or not tests.passed:
            closing = tests.closing if tests else "there are none"
            raise VerificationFailed(f"the generated tests fail: {closing}", hint="-v shows their output")
        return answer._replace(tests=tests.closing)

    restore = package_restorer(plan.project, settings, session)
    with hold_destination(plan.project, session=session, restore=restore) as created:
        return apply(plan, session, verify=verify, test=test if settings.test else None, created=created)


def _require_first_page(plan: NewPlan, session: Session) -> Answer:
    assert plan.environment is not None  # noqa: S101 - nothing is verified without one
    application = Application(plan.project, plan.spec.module, plan.environment.python, session)
    answer = application.check(plan.revision.title if plan.revision else None)
    if answer.status != 200:
        cause = "this is a bug in flaskgen; please report it"
        if plan.occupied:
            cause = f"see whether a file that was in `{plan.project.name}` before is the cause"
        raise VerificationFailed(
            f"the new application does not answer `GET /`: {answer.problem}",
            hint=f"{cause}. --no-verify keeps the project as it is",
        )
    return answer
