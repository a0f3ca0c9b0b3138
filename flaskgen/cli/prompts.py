"""Prompt for what the command line does not say, before anything is written."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import click
import questionary
from questionary import Choice

from flaskgen.cli.configuration import configured_defaults
from flaskgen.cli.questions import ask, confirm, goes_back
from flaskgen.cli.terminal import say
from flaskgen.effects.git import git_is_wanted
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.transaction.destination import check_destination
from flaskgen.errors import FlaskgenError, UnknownVersion
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import FlaskRelease, adopt_release, choose_release
from flaskgen.planning.packages.sources import redact
from flaskgen.planning.project.names import parse_project_name
from flaskgen.planning.project.spec import Answers
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options, parse_request, select_for_series
from flaskgen.reporting import command_line

CHECKBOX = "(arrow keys to move, space to select, enter to confirm)"
_CUT = " …"
_MARKS = 8
"""The columns of pointer, circle and gaps in a list of choices, and one for the cursor."""
_BY_HAND = "choose"
"""The answer to the prompt for a preset that leads to the list of extensions."""


def ask_for_missing(answers: Answers, *, directories: Sequence[Path]) -> Answers:
    """Prompt for each answer that is None, show the summary, and return the complete answers.

    The defaults of the configuration are selected at the start; ``directories`` have more extensions. What
    was given is checked before the first prompt. Raises Declined if the user does not agree to the summary.
    """
    catalogue = load_catalogue(directories, None)
    _check_given(answers, catalogue)
    say(click.style("Enter accepts, Shift+Tab goes back, Esc ends.", dim=True))
    return _ask_all(answers, catalogue)


@goes_back
def _ask_all(answers: Answers, catalogue: Catalogue) -> Answers:
    answers = _ask_destination(answers, catalogue)
    answers = _ask_flask(answers)
    answers = _ask_extensions(answers, catalogue)
    chosen = _chosen(answers, catalogue)
    options = ask_options(chosen, answers.options, catalogue, defaults=answers.option_defaults)
    answers = _ask_git(answers._replace(options=options))
    for line in _summary(answers, catalogue):
        say(line)
    confirm("Create it?")
    return answers


def _check_given(answers: Answers, catalogue: Catalogue) -> None:
    if answers.destination is not None:
        _check_destination(answers.destination, answers.name, catalogue)
    if answers.flask is not None:
        _release(answers.flask, catalogue)
    undecided = answers.extensions is None and answers.preset is None
    chosen = tuple(catalogue.extensions) if undecided else _chosen(answers, catalogue)
    parse_options(answers.options, chosen, catalogue)


def _release(text: str | None, catalogue: Catalogue) -> FlaskRelease:
    """Return the release that the text means; one without data has been looked up on the index."""
    wanted = "latest" if text is None else text
    try:
        release = choose_release(wanted, load_series())
    except UnknownVersion:
        release = adopt_release(wanted, load_series())
    return catalogue.on(release)


def _check_destination(text: str | PurePath, name: str | None, catalogue: Catalogue) -> None:
    path = check_destination(text)
    parse_project_name(path.name if name is None else name, reserved=catalogue.reserved_modules)


def _ask_destination(answers: Answers, catalogue: Catalogue) -> Answers:
    if answers.destination is not None:
        return answers

    question = questionary.text(
        "Project name:",
        instruction="(the directory to create)",
        validate=valid_when(lambda text: _check_destination(text.strip(), answers.name, catalogue)),
    )
    return answers._replace(destination=ask(question).strip())


def valid_when(check: Callable[[str], object]) -> Callable[[str], bool | str]:
    """Return a validator for questionary that does one of flaskgen's checks."""

    def validate(text: str) -> bool | str:
        try:
            check(text)
        except FlaskgenError as error:
            return f"{error.message}; {error.hint}" if error.hint else error.message
        return True

    return validate


def _ask_flask(answers: Answers) -> Answers:
    if answers.flask is not None:
        return answers
    newest_first = list(reversed(load_series()))
    choices = [Choice(f"Flask {series.tested}", value=series.tested) for series in newest_first]
    _recommend(choices[0])
    return answers._replace(flask=ask(questionary.select("Flask:", choices=choices)))


def _recommend(choice: Choice) -> None:
    """Mark what flaskgen chooses for whoever is not asked."""
    choice.title = f"{choice.title}  (recommended)"


def _ask_extensions(answers: Answers, catalogue: Catalogue) -> Answers:
    if answers.extensions is not None or answers.preset is not None:
        return answers
    configured = configured_defaults()
    presets = aligned({name: preset.summary for name, preset in catalogue.presets.items()})
    _recommend(presets[0])
    by_hand = Choice("choose from a list", value=_BY_HAND)
    usual = _BY_HAND if configured.get("with") else configured.get("preset")
    preset = ask(questionary.select("Extensions:", choices=[*presets, by_hand], default=usual))
    if preset != _BY_HAND:
        return answers._replace(preset=preset)
    series = _release(answers.flask, catalogue).series
    chosen = sum(parse_request(configured.get("with", ()), configured.get("preset"), catalogue), ())
    names = ask_extensions("Which extensions?", catalogue.extensions, catalogue, series=series, chosen=chosen)
    return answers._replace(extensions=names or ("none",))


def _chosen(answers: Answers, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the extensions of the answers, with those that they require."""
    request = parse_request(answers.extensions or (), answers.preset, catalogue)
    return select_for_series(request, _release(answers.flask, catalogue).series, catalogue).extensions


def _ask_git(answers: Answers) -> Answers:
    if answers.git is not None or not git_is_wanted(check_destination(answers.destination or "")):
        return answers
    usual = configured_defaults().get("git") is not False
    return answers._replace(git=ask(questionary.confirm("Create a Git repository?", default=usual)))


def _summary(answers: Answers, catalogue: Catalogue) -> Iterator[str]:
    path = check_destination(answers.destination or "")
    name = parse_project_name(answers.name or path.name, reserved=catalogue.reserved_modules)
    facts = {
        "Project": f"{name.text}, in {path}",
        "Flask": _release(answers.flask, catalogue).version,
        "Python": answers.python or "the newest that works",
        "Extensions": ", ".join(_chosen(answers, catalogue)) or "none",
        "Options": ", ".join(answers.options),
        "Git": "a repository with a first commit" if answers.git else "no repository",
    }
    yield ""
    for label, value in facts.items():
        if value:
            yield f"  {click.style(f'{label:<10}', dim=True)}  {value}"
    yield "\nThe same without prompts:"
    yield f"  {equivalent_command(answers, click.get_current_context().params)}\n"


def equivalent_command(answers: Answers, given: Mapping[str, Any]) -> str:
    """Return the command line that creates the same project without a prompt, and shows no passwords."""
    answered = {
        "destination": None,
        "name": answers.name,
        "preset": answers.preset,
        "with": ",".join(answers.extensions or ()),
        "flask": answers.flask,
        "python": answers.python,
        "option": answers.options,
        "git": answers.git,
    }
    parts = ["flaskgen", "new", str(answers.destination or ".")]
    settings = {key: value for key, value in given.items() if key not in answered}
    for key, value in {**answered, **settings}.items():
        flag = f"--{key.replace('_', '-')}"
        if value is True:
            parts.append(flag)
        elif value:
            for one in (value,) if isinstance(value, str) else value:
                parts += [flag, redact(str(one))]
        elif key == "git" and value is False:
            parts.append("--no-git")
    return command_line([*parts, "--yes"])


def ask_extensions(
    message: str,
    names: Iterable[str],
    catalogue: Catalogue,
    *,
    series: FlaskSeries,
    chosen: Container[str] = (),
) -> tuple[str, ...]:
    """Prompt for some of ``names``; what the series cannot have is shown with the reason.

    Those that are already ``chosen`` are selected at the start.
    """
    summaries = {name: catalogue.extensions[name].summary for name in names}
    choices = [
        Choice(name, disabled=reason) if (reason := series.lacks(name)) else choice
        for name, choice in zip(summaries, aligned(summaries), strict=True)
    ]
    for choice in choices:
        choice.checked = choice.disabled is None and choice.value in chosen
    return tuple(ask(questionary.checkbox(message, choices=choices, instruction=CHECKBOX)))


def aligned(summaries: Mapping[str, str]) -> list[Choice]:
    """Return choices of names and what each means, in two columns that fit the terminal."""
    width = max(map(len, summaries))
    room = max(shutil.get_terminal_size().columns - width - _MARKS, len(_CUT))
    return [
        Choice(f"{name:<{width}}  {textwrap.shorten(summary, room, placeholder=_CUT)}", value=name)
        for name, summary in summaries.items()
    ]


def ask_options(
    names: Sequence[str],
    given: Sequence[str],
    catalogue: Catalogue,
    *,
    defaults: Sequence[str],
    there: Sequence[str] = (),
) -> tuple[str, ...]:
    """Prompt for the options of extensions that ``given`` does not settle; return all as they are typed.

    ``defaults`` are ``EXT.KEY=VALUE`` texts too, and are selected at the start. An option that needs an
    extension is omitted without it; ``there`` are those that a project has already.
    """
    settled = {text.partition("=")[0].strip() for text in given}
    usual = parse_options((), tuple(catalogue.extensions), catalogue, defaults=defaults)
    asked = []
    for name in names:
        for option in catalogue.extensions[name].options_with((*names, *there)):
            key = f"{name}.{option.name}"
            if key not in settled:
                choices = [Choice(value) for value in option.choices]
                _recommend(choices[option.choices.index(option.default)])
                message = f"{option.help[0].upper()}{option.help[1:]} ({name}):"
                question = questionary.select(message, choices=choices, default=usual[name][option.name])
                asked.append(f"{key}={ask(question)}")
    return (*given, *asked)
