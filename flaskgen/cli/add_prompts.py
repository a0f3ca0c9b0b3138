"""Ask a person which extensions to add."""

from __future__ import annotations

import signal
from pathlib import Path

from flaskgen.cli.extension_questions import ask_extensions, ask_options
from flaskgen.cli.terminal import say
from flaskgen.effects.project.opening import locate_project, open_project
from flaskgen.errors import Interrupted
from flaskgen.planning.templates.selection import select_extensions


def ask_for_extensions(options: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask which of the extensions that are not there yet to add, and for their options.

    Gives names and ``EXT.KEY=VALUE`` settings, ``options`` among them. Raises Interrupted where the user
    stops or chooses none.
    """
    project = open_project(locate_project(Path()))
    catalogue, there = project.catalogue, project.spec.extensions
    absent = [name for name in catalogue.extensions if name not in there]
    if not absent:
        say("The project has every extension already.")
        raise Interrupted(signal.SIGINT)
    line = project.spec.release.line
    names = ask_extensions("Add which?", absent, catalogue, line=line)
    if not names:
        say("None chosen.")
        raise Interrupted(signal.SIGINT)
    wanted = select_extensions((*there, *names), catalogue).extensions
    return names, ask_options((name for name in wanted if name not in there), options, catalogue)
