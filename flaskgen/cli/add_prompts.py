"""Ask a person which extensions to add."""

from __future__ import annotations

import signal

import questionary
from questionary import Choice

from flaskgen.cli.questions import ask
from flaskgen.cli.terminal import say
from flaskgen.effects.record_files import locate_project, open_project
from flaskgen.errors import Interrupted
from flaskgen.planning.selection import select_extensions


def ask_for_extensions(options: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask which of the extensions that are not there yet to add, and for their options.

    Gives names and ``EXT.KEY=VALUE`` settings, ``options`` among them. Raises Interrupted where the user
    stops or chooses none.
    """
    project = open_project(locate_project())
    catalogue, there = project.catalogue, project.spec.extensions
    absent = [name for name in catalogue.extensions if name not in there]
    if not absent:
        say("The project has every extension already.")
        raise Interrupted(signal.SIGINT)
    width = max(map(len, absent))
    choices = [
        Choice(f"{name:<{width}}  {catalogue.extensions[name].summary}", value=name) for name in absent
    ]
    instruction = "(arrow keys move, space selects, enter goes on)"
    names = tuple(ask(questionary.checkbox("Add which?", choices=choices, instruction=instruction)))
    if not names:
        say("None chosen.")
        raise Interrupted(signal.SIGINT)
    settled = {text.partition("=")[0] for text in options}
    asked = []
    for name in select_extensions((*there, *names), catalogue).extensions:
        for option in catalogue.extensions[name].options if name not in there else ():
            if f"{name}.{option.name}" not in settled:
                question = questionary.select(
                    f"{option.help}:", choices=option.choices, default=option.default
                )
                asked.append(f"{name}.{option.name}={ask(question)}")
    return names, (*options, *asked)
