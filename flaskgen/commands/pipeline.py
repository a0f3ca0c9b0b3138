"""The one way of every verb that writes: open, recover, want, plan, apply, verify, commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from flaskgen import __version__
from flaskgen.commands.holding import held
from flaskgen.commands.plan import (
    ChangeSettings,
    Outcome,
    Plan,
    PlanT,
    Wanted,
    require_decided,
    require_settled,
)
from flaskgen.effects.git import commit_project, is_clean
from flaskgen.effects.project.locating import locate_project, own_environment
from flaskgen.effects.project.opening import OpenProject, open_project
from flaskgen.effects.python.verification import WORKS, Answer, Application
from flaskgen.effects.system.environment import application_environment
from flaskgen.effects.system.session import Background, Complete, Session
from flaskgen.effects.transaction.destination import check_targets
from flaskgen.effects.transaction.files import remove_if_empty
from flaskgen.effects.transaction.transaction import Transaction, transaction
from flaskgen.errors import VerificationFailed
from flaskgen.planning.merging.plan import FileChange, FilePlan, Status
from flaskgen.planning.packages.freeze import FROZEN_FILES
from flaskgen.planning.templates.tree import Files

Want = Callable[[OpenProject], Wanted]
"""What a verb wants of a project: the whole difference between one verb and another."""
Verify = Callable[[Transaction, Background], Answer | None]
"""Checks what was made, before it is committed. Raises VerificationFailed."""
Rehearse = Callable[[Plan, Session], str | None]
"""Tries a change before it is made, and returns the closing line of the tests. Raises VerificationFailed."""


def listed(names: Sequence[str]) -> tuple[str, ...]:
    """Return names as a tuple; a single text is one of them, and not its letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def change(
    directory: Path | str,
    want: Want,
    settings: ChangeSettings | None,
    session: Session | None,
    *,
    title: str,
    names: Sequence[str] = (),
    rehearse: Rehearse | None = None,
) -> Outcome[Plan]:
    """Change the project that ``directory`` is in to what is wanted: all of it, or nothing.

    What is verified is rehearsed first, if there is a rehearsal. Raises NotAProject, what ``want`` raises,
    ProjectOutdated, MergeConflict, NameClash, InstallFailed, VerificationFailed or CannotWrite, with the
    project as it was.
    """
    from flaskgen.commands.changing import plan_change  # `new` begins without it

    settings, session = settings or ChangeSettings(), session or Session()
    path = locate_project(directory)
    with (
        held(path, settings, session, dry_run=settings.dry_run),
        _instance_as_before(path),
        ExitStack() as stack,
    ):
        project = open_project(path, directories=settings.extensions, names=names)
        package = project.package.stem
        environment = own_environment(path) if settings.install else None
        application, waiting = None, None
        if environment and settings.verify and not settings.dry_run:
            application = Application(path, package, environment.python, session, application_environment())
            waiting = None if rehearse else stack.enter_context(application.interpreter())
        plan = plan_change(project, want(project), environment, settings, session, title=title)
        announce(plan, session)
        if plan.is_empty or settings.dry_run:
            return Outcome(plan, plan.files, made=False)
        require_decided(plan, verify=settings.verify)
        check_targets(path, {one.path for one in plan.files.written})
        if application is None or plan.files.conflicts:
            return apply(plan, session, verify=lambda *_: None)
        tests = rehearse(plan, session) if rehearse else None
        outcome = _apply_verified(plan, application, waiting, session)
        if tests and outcome.answer:
            return replace(outcome, answer=outcome.answer._replace(tests=tests))
        return outcome


def _apply_verified(
    plan: Plan, application: Application, waiting: Complete | None, session: Session
) -> Outcome[Plan]:
    """Carry a plan out, unless the application answers worse after it than before.

    What does not work is rolled back, and only then asked what it did before: most changes need one start.
    """
    answer: Answer | None = None
    revision = plan.revision.title if plan.revision else None
    if plan.environment and not plan.environment.packages.only_adds:
        waiting = None  # it has imported what goes

    def verify(_change: Transaction, _background: Background) -> Answer:
        nonlocal answer
        with session.reporter.step("Verify: create_app() and GET /"):
            answer = application.check(revision, waiting=waiting)
        if answer.is_worse_than(WORKS):
            raise VerificationFailed(
                f"the application does not work after the change: {answer.problem}",
                hint="fix it and run the command again, or skip this check with --no-verify",
            )
        return answer

    try:
        return apply(plan, session, verify=verify)
    except VerificationFailed as failure:
        if answer is None or hasattr(failure, "__notes__"):  # not everything is as it was
            raise
        with session.reporter.step("Verify the application after rolling back"):
            before = application.check()
        if answer.is_worse_than(before):
            raise
    if not before.works:
        session.reporter.warn(f"the application did not work before the change: {before.problem}")
    return apply(plan, session, verify=lambda *_: answer)


@contextmanager
def _instance_as_before(project: Path) -> Iterator[None]:
    """Remove the instance directory again that starting the application made, if nothing is in it."""
    instance = project / "instance"
    was_there = instance.exists()
    try:
        yield
    finally:
        if not was_there:
            remove_if_empty(instance)


def announce(plan: Plan, session: Session) -> None:
    """Report what there is to say about a plan."""
    for note in plan.notes:
        session.reporter.note(note)
    for warning in plan.warnings:
        session.reporter.warn(warning)


def apply(
    plan: PlanT,
    session: Session,
    *,
    verify: Verify,
    test: Callable[[Answer], Answer] | None = None,
    created: tuple[Path, ...] = (),
) -> Outcome[PlanT]:
    """Carry a plan out, verify and test it, or do nothing. ``created`` are directories made for it."""
    was_clean = is_clean(plan.project, session=session) if plan.before else None
    with (
        transaction(
            plan.project, plan.title, session=session, creates=plan.before is None, created=created
        ) as change,
        session.background() as background,
    ):
        if plan.environment:
            plan.environment.begin(change, background)
        require_settled(plan)  # which a file can contradict that has just appeared
        with session.reporter.step("Write the project's files"):
            contents = {**plan.files.contents, **plan.record}
            later = {path: contents.pop(path) for path in FROZEN_FILES if path in contents}
            change.write(contents, seen=plan.sources.seen, modes=dict.fromkeys(plan.sources.once, 0o600))
            files = plan.files
        made = plan.environment.freeze() if plan.environment else {}
        # Files that stay their user's, or wait for the user to settle a conflict.
        own = {one.path for one in plan.files.changes if one.status in (Status.KEEP, Status.CONFLICT)}
        frozen = {**plan.frozen, **{path: content for path, content in made.items() if path not in own}}
        change.write({**later, **frozen}, seen=plan.sources.seen)
        if plan.git and not plan.revision:  # beside the installation, of which nothing is committed
            _commit(plan, files, frozen, change, session)
        if plan.environment:
            plan.environment.finish()
        answer = verify(change, background)
        if plan.revision and answer:
            answer, files = _write_revision(plan, answer, files, change)
        if plan.git and plan.revision:
            _commit(plan, files, frozen, change, session)
        if test and answer:
            answer = test(answer)
    return Outcome(plan, files, made=True, frozen=frozen, answer=answer, was_clean=was_clean)


def _write_revision(
    plan: Plan, answer: Answer, files: FilePlan, change: Transaction
) -> tuple[Answer, FilePlan]:
    """Write the revision that came with the answer, unless it fails where tables have rows."""
    if answer.revision is None:
        return answer, files
    name, text = answer.revision
    if plan.before:
        from flaskgen.planning.merging.schema import problem_with_rows

        if problem := problem_with_rows(text):
            return answer._replace(revision=None, no_revision=problem), files
    path, content = PurePosixPath(name), text.encode()
    change.write({path: content}, seen={})
    return answer, FilePlan((*files.changes, FileChange(path, Status.CREATE, content)))


def _commit(plan: Plan, files: FilePlan, frozen: Files, change: Transaction, session: Session) -> None:
    with session.reporter.step("Create a Git repository"):
        change.will_make([plan.project / ".git"])
        written = {*files.contents, *frozen, *plan.record} - plan.sources.once
        title = f"Start {plan.spec.name.text} with Flask {plan.spec.release.version}"
        message = f"{title}\n\nCreated by flaskgen {__version__}."
        commit_project(plan.project, written, message=message, session=session)
