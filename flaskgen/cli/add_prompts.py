"""Prompt for the extensions to add."""

from __future__ import annotations

from pathlib import Path

import click

from flaskgen.cli.extension_questions import ask_extensions, ask_options
from flaskgen.cli.questions import Declined
from flaskgen.cli.terminal import say
from flaskgen.effects.project.locating import locate_project
from flaskgen.effects.project.opening import open_project
from flaskgen.planning.templates.selection import select_extensions


def ask_for_extensions(
    options: tuple[str, ...], defaults: tuple[str, ...], directories: tuple[Path, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Prompt for extensions that the project does not have, and for their options.

    Returns names and ``EXT.KEY=VALUE`` settings, ``options`` among them. Raises Declined if none is chosen.
    """
    project = open_project(locate_project(Path()), directories=directories, names=None)
    catalogue, there, line = project.catalogue, project.spec.extensions, project.spec.release.line
    absent = [name for name in catalogue.extensions if name not in there]
    if all(line.lacks(name) for name in absent):
        say(f"Nothing to do: the project has every extension for Flask {line.name}.")
        raise click.exceptions.Exit(0)
    names = ask_extensions("Extensions to add:", absent, catalogue, line=line)
    if not names:
        raise Declined
    wanted = select_extensions((*there, *names), catalogue).extensions
    return names, ask_options(
        (name for name in wanted if name not in there), options, catalogue, defaults=defaults
    )
