"""What `flaskgen new` shows: the plan of a dry run, and what was created."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

import click

from flaskgen import __version__
from flaskgen.cli.change_shown import end_dry_run, file_lines
from flaskgen.cli.reporters import Display
from flaskgen.cli.terminal import enter_project, say, say_next, show_json, wants_colour
from flaskgen.commands.creating import NewPlan, NewSettings
from flaskgen.commands.new_environment import NewEnvironment
from flaskgen.commands.plan import Outcome
from flaskgen.effects.system.session import Reporter
from flaskgen.planning.merging.plan import FilePlan, Status
from flaskgen.planning.packages.lock import LOCK_FILE
from flaskgen.reporting import quote


def show(outcome: Outcome[NewPlan], settings: NewSettings, reporter: Reporter, display: Display) -> None:
    """Show a project that was created, or would be: a dry run ends as the creation itself would."""
    if display.as_json:
        show_json(_as_json(outcome, settings, reporter))
    elif not outcome.made:
        _show_dry_run(outcome.plan, settings)
    elif not display.quiet:
        _show_outcome(outcome, settings, reporter)
    if not outcome.made:
        end_dry_run(outcome.plan, verify=settings.verify, as_json=display.as_json)


def _show_dry_run(plan: NewPlan, settings: NewSettings) -> None:
    """Print the files, pins and steps of a project that is not created."""
    click.echo(f"{plan.project}{os.sep}")
    for change in plan.files.changes:
        for line in file_lines(change):
            click.echo(line, color=wants_colour())
    click.echo("\nPins:")
    for pin in plan.pins.all:
        click.echo(f"  {pin.line}")
    click.echo("\nSteps:")
    for step in _planned_steps(plan, settings):
        click.echo(f"  {step}")


def _planned_steps(plan: NewPlan, settings: NewSettings) -> Iterator[str]:
    yield "write the project's files"
    if settings.install:
        verb = "create an" if isinstance(plan.environment, NewEnvironment) else "use the"
        yield f"{verb} environment with Python {plan.interpreter.version} in {plan.place}"
        yield f"install {len(plan.packages.install)} packages"
        if settings.verify:
            yield "verify: create_app() and GET /"
        if settings.test:
            yield "run the project's tests"
    if plan.git:
        yield "commit to Git"


def _show_outcome(outcome: Outcome[NewPlan], settings: NewSettings, reporter: Reporter) -> None:
    """Show what was created and verified, and what to type next."""
    plan, spec, answer = outcome.plan, outcome.plan.spec, outcome.answer
    statuses = _files(plan, outcome.files, outcome.frozen).values()
    files = sum(status == Status.CREATE for status in statuses)
    say(
        f"\nCreated {click.style(spec.name.text, bold=True)} in {reporter.seconds:.1f} s: {files} files,"
        f" Flask {spec.release.version} on Python {plan.interpreter.version}"
        f"{', with ' + ', '.join(spec.extensions) if spec.extensions else ''}."
    )
    if answer:
        start = f"the application starts and `GET /` returns {answer.status}"
        say(f"Verified: {start}, on Python {answer.python}.")
    if answer and answer.tests:
        say(f"Tested: {answer.tests.strip('= ')}.")
    for line in _met(outcome.files):
        say(line)
    say_next(_next_steps(outcome, settings))


_FATES = {
    Status.KEEP: "Kept unchanged",
    Status.MERGE: "Merged with yours",
    Status.UPDATE: "Replaced",
    Status.CONFLICT: "Resolve the conflict markers in",
}


def _files(plan: NewPlan, files: FilePlan, frozen: Iterable[PurePosixPath]) -> dict[str, str]:
    """Return what becomes of each file; no template makes uv.lock."""
    locked = {
        str(path): Status.UPDATE.value if path in plan.sources.seen else Status.CREATE.value
        for path in frozen
    }
    return {**locked, **{str(change.path): change.status.value for change in files.changes}}


def _met(files: FilePlan) -> Iterator[str]:
    """Return what became of files that were there already."""
    for status, fate in _FATES.items():
        names = [str(change.path) for change in files.changes if change.status is status]
        if names:
            yield f"{fate}: {', '.join(names)}."
    for change in files.changes:
        if change.status is Status.MERGE:
            yield from (f"{change.path} {note}." for note in change.notes)


def _next_steps(outcome: Outcome[NewPlan], settings: NewSettings) -> list[str]:
    """Return the commands that lead to the home page, to type in this order."""
    plan = outcome.plan
    if settings.workon:
        enter = [f"workon {plan.spec.name.text}"]
    else:
        enter = enter_project(plan.project)
        enter += [_activation()] if settings.install else _installation(plan)
    return [*enter, *outcome.steps, plan.spec.run_command]


def _installation(plan: NewPlan) -> list[str]:
    requirements = "requirements-dev.txt" if plan.spec.dev else "requirements.txt"
    return [
        f"{quote(str(plan.interpreter.path))} -m venv .venv",
        _activation(),
        f"python -m pip install -r {requirements}",
    ]


def _activation() -> str:
    if sys.platform == "win32":
        return r".venv\Scripts\activate"
    if os.environ.get("SHELL", "").endswith("/fish"):
        return ". .venv/bin/activate.fish"
    return ". .venv/bin/activate"


def _as_json(outcome: Outcome[NewPlan], settings: NewSettings, reporter: Reporter) -> dict[str, Any]:
    plan, answer = outcome.plan, outcome.answer
    facts = {
        "generator": __version__,
        "project": str(plan.project),
        "spec": plan.spec.as_dict(),
        "python": plan.interpreter.version,
        "environment": str(plan.place) if settings.install else None,
        "versions": {pin.name: pin.version for pin in plan.pins.all},
        "git": plan.git,
        "next_steps": _next_steps(outcome, settings),
        "notes": list(plan.notes),
    }
    if outcome.made:
        return {
            **facts,
            "files": _files(plan, outcome.files, outcome.frozen),
            "verified": answer and {"python": answer.python, "status": answer.status, "tests": answer.tests},
            "steps": reporter.steps,
            "warnings": reporter.warnings,
        }
    frozen = plan.frozen or ([LOCK_FILE] if plan.environment else [])
    return {
        **facts,
        "files": _files(plan, plan.files, frozen),
        "steps": [{"title": step} for step in _planned_steps(plan, settings)],
        "warnings": list(plan.warnings),
    }
