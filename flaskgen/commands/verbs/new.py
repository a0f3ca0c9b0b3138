"""Create a project, and prove that it works."""

from __future__ import annotations

from functools import partial

from flaskgen.commands.creating import NewPlan, NewSettings, plan_new
from flaskgen.commands.holding import package_restorer
from flaskgen.commands.new_environment import NewEnvironment
from flaskgen.commands.pipeline import announce, apply
from flaskgen.commands.plan import Outcome, require_decided
from flaskgen.effects.python.verification import Answer, Application, run_tests
from flaskgen.effects.system.session import Background, Session
from flaskgen.effects.transaction.destination import check_destination, check_targets
from flaskgen.effects.transaction.holding import hold_destination, require_no_interrupted_change
from flaskgen.effects.transaction.log import LOG, read_log
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import FlaskgenError, Interrupted, VerificationFailed
from flaskgen.planning.project.spec import Answers

# What starting an application and running its tests leaves beside its files.
_MADE_BY_THE_APPLICATION = ("instance", ".pytest_cache")


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
