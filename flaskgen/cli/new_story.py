"""Create a project for a person or a script: sort the options, prompt, create, show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from flaskgen import __version__
from flaskgen.cli.configuration import check_extensions, configured_defaults, configured_places, is_configured
from flaskgen.cli.new_shown import show
from flaskgen.cli.options import check_contradictions
from flaskgen.cli.questions import Declined, ask
from flaskgen.cli.reporters import Display, choose_reporter
from flaskgen.cli.terminal import say, someone_is_there
from flaskgen.commands import new
from flaskgen.commands.creating import NewPlan, NewSettings
from flaskgen.commands.plan import Outcome
from flaskgen.effects.packages.release_list import find_release
from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Session
from flaskgen.errors import (
    Fix,
    IncompatibleVersions,
    InterpreterNotFound,
    Interrupted,
    MergeConflict,
    UsageError,
)
from flaskgen.planning.merging.plan import ConflictPolicy
from flaskgen.planning.packages.sources import redact, with_options
from flaskgen.planning.project.names import DEFAULT_ENVIRONMENT
from flaskgen.planning.project.spec import Answers


class NewOptions(NamedTuple):
    """The command line of `flaskgen new`, parsed."""

    answers: Answers
    """What was typed."""
    defaults: Answers
    """What the configuration says: extensions or a preset, options, and whether to create a repository."""
    settings: NewSettings
    display: Display
    flags: tuple[str, ...]
    """The settings as they were typed, for the equivalent command."""
    ask: bool
    """Whether to prompt, in a terminal."""


def parse_options(given: Mapping[str, Any]) -> NewOptions:
    """Sort click's values. Raises UsageError for options that contradict each other."""
    configured = configured_defaults()
    given = {name: None if is_configured(name) and name not in _NOT_ASKED else given[name] for name in given}
    check_contradictions(given, _CONTRADICTIONS)
    answers = Answers(
        destination=given["destination"],
        name=given["name"],
        extensions=given["with"] or None,
        preset=given["preset"],
        flask=given["flask"],
        python=given["python"],
        options=given["option"] or (),
        git=given["git"],
    )
    defaults = Answers(
        extensions=configured.get("with"),
        preset=configured.get("preset"),
        options=configured.get("option", ()),
        git=configured.get("git"),
    )
    settings = NewSettings(
        sources=with_options(configured_sources(), given),
        extensions=tuple(map(Path, given["extensions"])),
        newest=given["newest"],
        python_downloads=given["python_downloads"],
        workon=given["workon"],
        install=not given["no_install"],
        verify=not given["no_verify"],
        test=given["test"],
        dev=not given["no_dev"],
        hashes=given["hashes"],
        policy=ConflictPolicy(given["conflict"] or ConflictPolicy.STOP),
        dry_run=given["dry_run"],
    )
    display = Display(as_json=given["as_json"], quiet=given["quiet"], verbose=given["verbose"])
    ask = not (given["yes"] or given["as_json"] or given["quiet"])
    options = NewOptions(answers, defaults, settings, display, flags=_typed_settings(given), ask=ask)
    return options if given["file"] is None else _as_planned(options, given)


_SAID_BY_A_PLAN = (
    *("with", "preset", "flask", "python", "name", "option", "newest", "workon", "no_install", "no_dev"),
    *("hashes", "git"),
)


def _as_planned(options: NewOptions, given: Mapping[str, Any]) -> NewOptions:
    """Return the options with what a plan says: nothing else is prompted for, or taken from the defaults."""
    from flaskgen.planning.project.documents import parse_plan

    for key in _SAID_BY_A_PLAN:
        said = given[key] is not None if key == "git" else given[key]
        if said and not is_configured(key):
            flag = f"--{key.replace('_', '-')}"
            raise UsageError(
                f"{flag} and --from contradict each other",
                hint="the plan says it",
                fix=Fix(option=(flag, "")),
            )
    file = given["file"]
    planned = parse_plan(file.read(), file.name, reader=__version__)
    answers, place = planned.answers, planned.environment
    settings = replace(
        options.settings,
        install=place is not None,
        workon=place is not None and Path(place) != Path(str(answers.destination), DEFAULT_ENVIRONMENT),
        dev=planned.dev,
        hashes=planned.hashes,
        versions=planned.versions,
    )
    answers = replace(answers, destination=given["destination"] or answers.destination)
    return options._replace(answers=answers, defaults=Answers(), settings=settings, ask=False)


_NOT_ASKED = ("python", "extensions")
"""What no prompt is about, so that a default is as good as what was typed."""
_SETTINGS = (
    *("python_downloads", "extensions", "newest", "offline", "index_url", "extra_index_url", "find_links"),
    *("workon", "no_install", "no_verify", "test", "no_dev", "hashes", "conflict", "dry_run", "verbose"),
)


def _typed_settings(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the options that say how a project is created, without the passwords of URLs."""
    typed: list[str] = []
    for key in _SETTINGS:
        flag, value = f"--{key.replace('_', '-')}", given[key]
        if value is True:
            typed.append(flag)
        elif value:
            for one in (value,) if isinstance(value, str) else value:
                typed += [flag, redact(str(one))]
    return tuple(typed)


_CONTRADICTIONS = (
    ("no_install", "test"),
    ("no_install", "workon"),
    ("no_verify", "test"),
    ("no_dev", "test"),
)


def run(options: NewOptions) -> None:
    """Create the project that the options and the prompts describe, and show what happened."""
    reporter = choose_reporter(options.display)
    session = Session(reporter)
    settings = options.settings
    try:
        answers = _complete(options, session)
    except Interrupted as stop:
        stop.add_note("nothing was created")
        raise
    try:
        outcome = _new(answers, settings, session, ask=options.ask and someone_is_there())
    except (InterpreterNotFound, IncompatibleVersions) as error:
        if is_configured("python"):
            error.add_note(f"Python {answers.python} is set in {configured_places()['python']}")
        raise
    show(outcome, settings, reporter, options.display)


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
    answers, defaults = options.answers, options.defaults
    if defaults != Answers():
        named = (*(defaults.extensions or ()), *(text.partition(".")[0] for text in defaults.options))
        check_extensions(load_catalogue(options.settings.extensions, named))
    if options.ask and someone_is_there():
        from flaskgen.cli.prompts import ask_for_missing

        if answers.flask is not None:  # before anyone answers prompts for a release that does not exist
            settings = options.settings
            find_release(answers.flask, sources=settings.sources, install=settings.install, session=session)
        answers = ask_for_missing(
            answers, defaults, directories=options.settings.extensions, flags=options.flags
        )
    else:
        if answers.extensions is None and answers.preset is None:
            answers = replace(answers, extensions=defaults.extensions, preset=defaults.preset)
        # That it wants a repository is what holds anyway: one is made unless the project is in another.
        git = False if answers.git is None and defaults.git is False else answers.git
        answers = replace(answers, option_defaults=defaults.options, git=git)
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
