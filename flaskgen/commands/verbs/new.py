"""Create a project, and prove that it works."""

from __future__ import annotations

from dataclasses import replace

from flaskgen.commands.creating import NewPlan, NewSettings, plan_new
from flaskgen.commands.new_environment import NewEnvironment
from flaskgen.commands.pipeline import announce, apply
from flaskgen.commands.plan import Outcome
from flaskgen.effects.python.verification import Answer, check_application, run_tests
from flaskgen.effects.system.session import Background, Session
from flaskgen.effects.transaction.holding import hold_destination
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import Interrupted, VerificationFailed
from flaskgen.planning.project.spec import Answers

# What starting an application and running its tests leaves beside its files.
_MADE_BY_THE_APPLICATION = ("instance", ".pytest_cache")


def new(
    answers: Answers, *, settings: NewSettings | None = None, session: Session | None = None
) -> Outcome[NewPlan]:
    """Create the project that the answers describe. Raises what ``plan_new`` and ``create`` raise."""
    settings, session = settings or NewSettings(), session or Session()
    try:
        plan = plan_new(answers, settings, session)
    except Interrupted as stop:
        stop.add_note("nothing was created")
        raise
    announce(plan, session)
    if settings.dry_run:
        return Outcome(plan, plan.files, made=False)
    return create(plan, settings, session)


def create(plan: NewPlan, settings: NewSettings, session: Session) -> Outcome[NewPlan]:
    """Carry out a plan for a new project, or leave the disk as it was.

    Raises ProjectExists, InvalidDestination, InstallFailed, VerificationFailed or CannotWrite.
    """

    def verify(change: Transaction, background: Background) -> Answer | None:
        if not (settings.verify and isinstance(plan.environment, NewEnvironment)):
            return None
        change.will_make([plan.project / name for name in _MADE_BY_THE_APPLICATION])
        python = plan.environment.python
        answer = plan.environment.verify(lambda: _require_first_page(plan, session), background)
        if settings.test:
            with session.reporter.step("Run the project's tests"):
                answer = replace(answer, tests=run_tests(plan.project, python=python, session=session))
        return answer

    with hold_destination(plan.project, session=session) as created:
        return apply(plan, session, sources=settings.sources, verify=verify, created=created)


def _require_first_page(plan: NewPlan, session: Session) -> Answer:
    assert plan.environment is not None  # noqa: S101 - nothing is verified without one
    python, package = plan.environment.python, plan.spec.name.package
    answer = check_application(plan.project, package=package, python=python, session=session)
    if answer.status != 200:
        raise VerificationFailed(
            f"the new application does not answer `GET /`: {answer.problem}",
            hint="this is a bug in flaskgen; please report it. --no-verify keeps the project as it is",
        )
    return answer
