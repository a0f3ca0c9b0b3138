"""Prompt for extensions, and for their options."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

import questionary
from questionary import Choice

from flaskgen.cli.questions import ask
from flaskgen.planning.flask.compatibility import FlaskLine
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.selection import parse_options


def ask_extensions(
    message: str,
    names: Iterable[str],
    catalogue: Catalogue,
    *,
    line: FlaskLine,
    chosen: Container[str] = (),
) -> tuple[str, ...]:
    """Prompt for some of ``names``; what the series cannot have is shown with the reason.

    Those that are already ``chosen`` are selected at the start.
    """
    summaries = {name: catalogue.extensions[name].summary for name in names}
    choices = [
        Choice(name, disabled=reason) if (reason := line.lacks(name)) else choice
        for name, choice in zip(summaries, aligned(summaries), strict=True)
    ]
    for choice in choices:
        choice.checked = choice.disabled is None and choice.value in chosen
    instruction = "(arrow keys to move, space to select, enter to confirm)"
    return tuple(ask(questionary.checkbox(message, choices=choices, instruction=instruction)))


def aligned(summaries: Mapping[str, str]) -> list[Choice]:
    """Return choices of names and what each means, in two columns."""
    width = max(map(len, summaries))
    return [Choice(f"{name:<{width}}  {summary}", value=name) for name, summary in summaries.items()]


def ask_options(
    names: Iterable[str], given: Sequence[str], catalogue: Catalogue, *, defaults: Sequence[str] = ()
) -> tuple[str, ...]:
    """Prompt for the options of extensions that ``given`` does not settle; return all as they are typed.

    ``defaults`` are ``EXT.KEY=VALUE`` texts too, and are selected at the start.
    """
    settled = {text.partition("=")[0].strip() for text in given}
    usual = parse_options((), tuple(catalogue.extensions), catalogue, defaults=defaults)
    asked = []
    for name in names:
        for option in catalogue.extensions[name].options:
            key = f"{name}.{option.name}"
            if key not in settled:
                message = f"{option.name.capitalize()} ({name}):"
                question = questionary.select(
                    message, choices=option.choices, default=usual[name][option.name]
                )
                asked.append(f"{key}={ask(question)}")
    return (*given, *asked)
