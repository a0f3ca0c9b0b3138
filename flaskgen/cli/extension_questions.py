"""Prompt for extensions, and for their options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import questionary
from questionary import Choice

from flaskgen.cli.questions import ask
from flaskgen.planning.flask.compatibility import FlaskLine
from flaskgen.planning.templates.catalogue import Catalogue


def ask_extensions(
    message: str, names: Iterable[str], catalogue: Catalogue, *, line: FlaskLine
) -> tuple[str, ...]:
    """Prompt for some of ``names``; what the series cannot have is shown with the reason."""
    summaries = {name: catalogue.extensions[name].summary for name in names}
    choices = [
        Choice(name, disabled=reason) if (reason := line.lacks(name)) else choice
        for name, choice in zip(summaries, aligned(summaries), strict=True)
    ]
    instruction = "(arrow keys to move, space to select, enter to confirm)"
    return tuple(ask(questionary.checkbox(message, choices=choices, instruction=instruction)))


def aligned(summaries: Mapping[str, str]) -> list[Choice]:
    """Return choices of names and what each means, in two columns."""
    width = max(map(len, summaries))
    return [Choice(f"{name:<{width}}  {summary}", value=name) for name, summary in summaries.items()]


def ask_options(names: Iterable[str], given: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Prompt for the options of extensions that ``given`` does not settle; return all as they are typed."""
    settled = {text.partition("=")[0].strip() for text in given}
    asked = []
    for name in names:
        for option in catalogue.extensions[name].options:
            key = f"{name}.{option.name}"
            if key not in settled:
                message = f"{option.name.capitalize()} ({name}):"
                question = questionary.select(message, choices=option.choices, default=option.default)
                asked.append(f"{key}={ask(question)}")
    return (*given, *asked)
