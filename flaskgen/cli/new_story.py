"""Create a project for a person or a script: sort the options, prompt, create, show."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import click

from flaskgen import __version__
from flaskgen.cli.change_shown import end_dry_run, enter_project, file_lines
from flaskgen.cli.configuration import check_extensions, configured_defaults, configured_places, is_configured
from flaskgen.cli.options import check_contradictions, common_settings
from flaskgen.cli.questions import Declined, ask
from flaskgen.cli.reporters import Display
from flaskgen.cli.terminal import say, say_next, show_json, wants_colour
from flaskgen.commands.plan import Outcome
from flaskgen.commands.specifying import NewSettings, find_release
from flaskgen.commands.verbs.new import NewEnvironment, NewPlan, new
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.errors import (
    Fix,
    IncompatibleVersions,
    InterpreterNotFound,
    Interrupted,
    MergeConflict,
    UsageError,
)
from flaskgen.planning.merging.plan import ConflictPolicy, FilePlan, Status
from flaskgen.planning.packages.lock import LOCK_FILE
from flaskgen.planning.project.names import DEFAULT_ENVIRONMENT
from flaskgen.planning.project.spec import Answers
from flaskgen.reporting import printable, quote


class NewOptions(NamedTuple):
    answers: Answers
    settings: NewSettings
    display: Display
    ask: bool
    """Whether to prompt."""


def parse_options(given: Mapping[str, Any]) -> NewOptions:
    """Sort click's values. Raises UsageError for options that contradict each other."""
    check_contradictions(given)
    typed = {name: None if is_configured(name) else given[name] for name in _ASKED}
    answers = Answers(
        destination=given["destination"],
        name=given["name"],
        extensions=typed["with"] or None,
        preset=typed["preset"],
        flask=given["flask"],
        python=given["python"],
        options=typed["option"] or (),
        option_defaults=configured_defaults().get("option", ()),
        git=typed["git"],
        dev=not given["no_dev"],
        hashes=given["hashes"],
    )
    settings = NewSettings(
        **common_settings(given),
        newest=given["newest"],
        python_downloads=given["python_downloads"],
        workon=given["workon"],
        test=given["test"],
    )
    display = Display.of(given)
    if given["file"] is not None:
        return NewOptions(*_as_planned(settings, given), display, ask=False)
    ask = not given["yes"] and display.can_ask
    return NewOptions(_with_defaults(answers, settings, ask=ask), settings, display, ask)


def _with_defaults(answers: Answers, settings: NewSettings, *, ask: bool) -> Answers:
    """Return answers with the defaults of the configuration, unless prompts begin with these."""
    configured = configured_defaults()
    if configured:
        named = (*configured.get("with", ()), *(text.partition(".")[0] for text in answers.option_defaults))
        check_extensions(settings.extensions, named)
    if ask:
        return answers
    if answers.extensions is None and answers.preset is None:
        answers = answers._replace(extensions=configured.get("with"), preset=configured.get("preset"))
    # That it wants a repository is what holds anyway: one is made unless the project is in another.
    is_without = answers.git is None and configured.get("git") is False
    return answers._replace(git=False) if is_without else answers


_ASKED = ("with", "preset", "option", "git")
"""What is prompted for: of these, a default is not as good as what was typed."""
_SAID_BY_A_PLAN = (
    *("with", "preset", "flask", "python", "name", "option", "newest", "workon", "no_install", "no_dev"),
    *("hashes", "git"),
)


def _as_planned(settings: NewSettings, given: Mapping[str, Any]) -> tuple[Answers, NewSettings]:
    """Return what a plan says: nothing else is prompted for, or taken from the defaults."""
    from flaskgen.planning.project.documents import parse_plan

    for key in _SAID_BY_A_PLAN:
        said = given[key] is not None if key == "git" else given[key]
        if said and not is_configured(key):
            flag = f"--{key.replace('_', '-')}"
            raise UsageError(
                f"{flag} and --from contradict each other",
                hint="remove it: the plan has that already",
                fix=Fix(option=(flag, "")),
            )
    file = given["file"]
    answers, place = parse_plan(file.read(), file.name)
    beside = Path(str(answers.destination), DEFAULT_ENVIRONMENT)
    settings = replace(
        settings, install=place is not None, workon=place is not None and Path(place) != beside
    )
    return answers._replace(destination=given["destination"] or answers.destination), settings


def run(options: NewOptions) -> None:
    """Create the project that the options and the prompts describe, and show what happened."""
    settings, display = options.settings, options.display
    session = display.session()
    try:
        answers = _complete(options, session)
    except Interrupted as stop:
        stop.add_note("nothing was created")
        raise
    try:
        outcome = _new(answers, settings, session, ask=options.ask)
    except (InterpreterNotFound, IncompatibleVersions) as error:
        if is_configured("python"):
            named = printable(str(answers.python))
            error.add_note(f"Python {named} is set in {configured_places()['python']}")
        raise
    show(outcome, settings, session.reporter, display)


def _new(answers: Answers, settings: NewSettings, session: Session, *, ask: bool) -> Outcome[NewPlan]:
    """Create the project; what is done with files that are there already is asked if somebody is."""
    try:
        return new(answers, settings=settings, session=session)
    except MergeConflict as conflict:
        if not ask:
            raise
        policy = _ask_policy(conflict)
    return new(answers, settings=replace(settings, policy=policy), session=session)


def _complete(options: NewOptions, session: Session) -> Answers:
    answers, settings = options.answers, options.settings
    if options.ask:
        from flaskgen.cli.prompts import ask_for_missing

        if answers.flask is not None:  # before anyone answers prompts for a release that does not exist
            find_release(answers.flask, sources=settings.sources, install=settings.install, session=session)
        answers = ask_for_missing(answers, directories=settings.extensions)
    if answers.destination is None:
        hint = "name the directory to create: flaskgen new my-app"
        raise UsageError("missing argument DEST", hint=hint, fix=Fix(more="my-app"))
    return answers


def _ask_policy(conflict: MergeConflict) -> ConflictPolicy:
    """Ask what is done with files that are there already. Raises Declined."""
    import questionary

    say(f"{conflict.message}.")
    choices = [
        questionary.Choice("Keep mine", value=ConflictPolicy.OURS),
        questionary.Choice("Insert both versions, with conflict markers", value=ConflictPolicy.MARKERS),
        questionary.Choice("Cancel", value=ConflictPolicy.STOP),
    ]
    policy = ConflictPolicy(ask(questionary.select("What about them?", choices=choices)))
    if policy is ConflictPolicy.STOP:
        raise Declined
    return policy


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
