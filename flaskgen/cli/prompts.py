"""Ask a person for what the command line did not say, before anything is written."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
import questionary
from questionary import Choice

from flaskgen.effects.compatibility_data import load_lines
from flaskgen.effects.destination import check_destination
from flaskgen.effects.git import git_is_wanted
from flaskgen.effects.templates import load_catalogue
from flaskgen.errors import FlaskgenError, Interrupted
from flaskgen.planning.catalogue import Catalogue
from flaskgen.planning.names import parse_project_name
from flaskgen.planning.selection import parse_extension_names, preset_extensions, select_extensions
from flaskgen.planning.spec import Answers

_SIGINT = 2
_BY_HAND = "choose"
"""The answer to the question for a preset that leads to the list of extensions."""


def ask_for_missing(answers: Answers) -> Answers:
    """Ask for each answer that is None, show the summary, and give the complete answers.

    Raises Interrupted where the user stops at any question, also by saying no to the summary.
    """
    catalogue = load_catalogue()
    answers = _ask_destination(answers, catalogue)
    answers = _ask_flask(answers)
    answers = _ask_extensions(answers, catalogue)
    answers = _ask_options(answers, catalogue)
    answers = _ask_git(answers)
    click.echo(f"\nThe same without questions:\n  {equivalent_command(answers)}\n", err=True)
    if not _ask(questionary.confirm("Make the project?", default=True)):
        raise Interrupted(_SIGINT)
    return answers


def _ask(question: questionary.Question) -> Any:
    answer = question.ask(kbi_msg="")
    if answer is None:
        raise Interrupted(_SIGINT)
    return answer


def _ask_destination(answers: Answers, catalogue: Catalogue) -> Answers:
    if answers.destination is not None:
        return answers

    def check(text: str) -> None:
        path = check_destination(text)
        parse_project_name(answers.name or path.name, reserved=catalogue.reserved_modules)

    question = questionary.text("Project name (the directory to make):", validate=_valid_when(check))
    return replace(answers, destination=_ask(question))


def _valid_when(check: Callable[[str], None]) -> Callable[[str], bool | str]:
    """Make a check of flaskgen's into a validator of questionary's."""

    def validate(text: str) -> bool | str:
        try:
            check(text)
        except FlaskgenError as error:
            return f"{error.message} ({error.hint})" if error.hint else error.message
        return True

    return validate


def _ask_flask(answers: Answers) -> Answers:
    if answers.flask is not None:
        return answers
    newest_first = list(reversed(load_lines()))
    if len(newest_first) == 1:
        return replace(answers, flask=newest_first[0].tested)
    choices = [Choice(f"Flask {line.tested}", value=line.tested) for line in newest_first]
    return replace(answers, flask=_ask(questionary.select("Flask:", choices=choices)))


def _ask_extensions(answers: Answers, catalogue: Catalogue) -> Answers:
    if answers.extensions is not None or answers.preset is not None:
        return answers
    presets = [
        Choice(f"{name:<8} {preset.summary}", value=name) for name, preset in catalogue.presets.items()
    ]
    by_hand = Choice(f"{_BY_HAND:<8} from a list", value=_BY_HAND)
    preset = _ask(questionary.select("Extensions:", choices=[*presets, by_hand]))
    if preset != _BY_HAND:
        return replace(answers, preset=preset)
    choices = [
        Choice(f"{name:<11} {extension.summary}", value=name)
        for name, extension in catalogue.extensions.items()
    ]
    question = questionary.checkbox("Which?", choices=choices, instruction="(space selects, enter goes on)")
    return replace(answers, extensions=tuple(_ask(question)) or ("none",))


def _ask_options(answers: Answers, catalogue: Catalogue) -> Answers:
    settled = {text.partition("=")[0] for text in answers.options}
    asked = []
    for name in _chosen(answers, catalogue):
        for option in catalogue.extensions[name].options:
            key = f"{name}.{option.name}"
            if key not in settled:
                question = questionary.select(
                    f"{option.help}:", choices=option.choices, default=option.default
                )
                asked.append(f"{key}={_ask(question)}")
    return replace(answers, options=(*answers.options, *asked))


def _chosen(answers: Answers, catalogue: Catalogue) -> tuple[str, ...]:
    if answers.preset is not None:
        return preset_extensions(answers.preset, catalogue)
    return select_extensions(parse_extension_names(answers.extensions or (), catalogue), catalogue).extensions


def _ask_git(answers: Answers) -> Answers:
    if answers.git is not None:
        return answers
    if not git_is_wanted(check_destination(answers.destination or ".")):
        return replace(answers, git=False)
    return replace(answers, git=_ask(questionary.confirm("Put it under git?", default=True)))


def equivalent_command(answers: Answers) -> str:
    """Give the command line that makes the same project without a question."""
    parts = ["flaskgen", "new", answers.destination or "."]
    if answers.name:
        parts += ["--name", answers.name]
    if answers.preset:
        parts += ["--preset", answers.preset]
    if answers.extensions:
        parts += ["--with", ",".join(answers.extensions)]
    for flag, value in (("--flask", answers.flask), ("--python", answers.python)):
        parts += [flag, value] if value else []
    for option in answers.options:
        parts += ["--option", option]
    if answers.git is not None:
        parts.append("--git" if answers.git else "--no-git")
    return shlex.join([*parts, "--yes"])
