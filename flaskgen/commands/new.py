"""Make a new project: decide everything, write it, install, and prove that it works."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from flaskgen import __version__
from flaskgen.commands.outcome import Outcome
from flaskgen.commands.proposal import NewSettings, Proposal
from flaskgen.effects.git.repository import commit_project
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.project.workon import point_to_project
from flaskgen.effects.python.bytecode import BytecodeCache, is_compiled
from flaskgen.effects.python.environments import Environment, create_environment
from flaskgen.effects.python.records import DamagedFile, require_undamaged, verify_records
from flaskgen.effects.python.verification import Verification, get_first_page, import_tools, run_tests
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.claim import Claim, claim_destination
from flaskgen.effects.transaction.project_files import apply_plan, read_files
from flaskgen.planning.merging.changes import plan_creation
from flaskgen.planning.merging.plan import Plan
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.project.pristine import BASE_PATH, pack_base
from flaskgen.planning.project.record import RECORD_PATH, format_record
from flaskgen.planning.templates.tree import Content

# What starting an application and running its tests leaves beside its files.
_MADE_BY_THE_APPLICATION = ("instance", ".pytest_cache")

# What `flask run` in debug mode and pytest import beyond the application.
_TOOLS = ("werkzeug/debug", "_pytest")


def new(proposal: Proposal, settings: NewSettings, *, session: Session) -> Outcome:
    """Make the project that was proposed, or leave the disk as it was and raise the reason."""
    verification = None
    with claim_destination(proposal.path, session=session) as claim, session.background() as background:
        if settings.install:
            claim.will_make(trees=[proposal.environment_path])
            installing = background.start(lambda: _install(proposal, settings, session))
        with session.reporter.step("Write the project's files"):
            rendered = proposal.render(secret_key=secrets.token_urlsafe(32))
            files = {**rendered, **proposal.requirements_files(), **_record(proposal, rendered)}
            plan = _write(claim, files, private=proposal.secret_files)
        if proposal.git:  # beside the installation, of which nothing is committed
            with session.reporter.step("Commit to git"):
                claim.will_make(trees=[proposal.path / ".git"])
                commit_project(proposal.path, message=_commit_message(proposal), session=session)
        if settings.install:
            with session.reporter.step(f"Install {len(proposal.pins.all)} packages"):
                environment = installing.result()
            if settings.verify:
                claim.will_make(trees=[proposal.path / name for name in _MADE_BY_THE_APPLICATION])
                verification = _verify(proposal, environment, settings, session)
        claim.complete()
    return Outcome(proposal, plan, verification)


def _write(
    claim: Claim, files: Mapping[PurePosixPath, Content], *, private: frozenset[PurePosixPath]
) -> Plan:
    """Write files that are not there yet, after the claim has noted them; those that are there stay."""
    plan = plan_creation(files, read_files(claim.path, files))
    claim.will_make(files=(change.path for change in plan.written))
    apply_plan(plan, claim.path, private=private)
    return plan


def _install(proposal: Proposal, settings: NewSettings, session: Session) -> Environment:
    if settings.workon:
        point_to_project(proposal.environment_path, proposal.path)
    environment = create_environment(
        proposal.environment_path, proposal.interpreter, prompt=proposal.spec.name.text
    )
    rebuilt = Uv(session, settings.sources).install(proposal.pins.all, python=environment.python)
    for name in rebuilt:
        session.reporter.warn(f"your index serves a different build of {name} than the tested one")
    BytecodeCache(proposal.interpreter.minor).restore(environment.site_packages)
    return environment


def _verify(
    proposal: Proposal, environment: Environment, settings: NewSettings, session: Session
) -> Verification:
    """Check the installed files beside the application's start, and keep what was compiled on the way."""
    started = time.time()
    with session.reporter.step("Verify: create_app() and GET /"), session.background() as background:
        checking = background.start(lambda: verify_records(environment.site_packages))
        answering = background.start(lambda: _get_first_page(proposal, environment, session))
        if not all(is_compiled(environment.site_packages, package) for package in _TOOLS):
            background.start(lambda: import_tools(environment.python, session=session))
        damaged = checking.result()
        verification = None if damaged else answering.result()
    if verification is None:
        _repair(damaged, proposal, environment, settings, session)
        with session.reporter.step("Verify again"):
            verification = _get_first_page(proposal, environment, session)
    if settings.test:
        with session.reporter.step("Run the project's tests"):
            tests = run_tests(proposal.path, python=environment.python, session=session)
            verification = verification.with_tests(tests)
    BytecodeCache(proposal.interpreter.minor).keep(
        environment.site_packages, python=environment.python, since=started, session=session
    )
    return verification


def _get_first_page(proposal: Proposal, environment: Environment, session: Session) -> Verification:
    return get_first_page(
        proposal.path, package=proposal.spec.name.package, python=environment.python, session=session
    )


def _repair(
    damaged: Sequence[DamagedFile],
    proposal: Proposal,
    environment: Environment,
    settings: NewSettings,
    session: Session,
) -> None:
    """Fetch anew the packages whose files are not those of their wheels, because a cache was damaged."""
    names = sorted({normalized(file.distribution.rpartition("-")[0]) for file in damaged})
    with session.reporter.step(f"Repair what a damaged cache gave: {', '.join(names)}"):
        Uv(session, settings.sources).repair(proposal.pins.all, names, python=environment.python)
        require_undamaged(environment.site_packages)


def _record(proposal: Proposal, rendered: Mapping[PurePosixPath, Content]) -> Mapping[PurePosixPath, Content]:
    """Give the files that later commands start from; they count once the claim is complete."""
    pristine = {path: text for path, text in rendered.items() if path not in proposal.secret_files}
    return {
        BASE_PATH: pack_base(pristine),
        RECORD_PATH: format_record(proposal.spec, generator=__version__),
    }


def _commit_message(proposal: Proposal) -> str:
    spec = proposal.spec
    return f"Start {spec.name.text} with Flask {spec.release.version}\n\nMade by flaskgen {__version__}."
