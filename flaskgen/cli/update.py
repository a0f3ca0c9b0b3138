"""`flaskgen update`: bring a project to this flaskgen's templates."""

from __future__ import annotations

from typing import Any

import click

from flaskgen.cli.change_options import change_options, read_options


@click.command("update", short_help="Bring a project to this flaskgen's templates.")
@change_options
def command(**given: Any) -> None:
    """Bring the project that you are in to this flaskgen's templates, and keep all that you edited.

    Its Flask and its extensions stay as they are; `add` and `remove` change nothing but what they name.
    """
    from flaskgen.cli.change_story import tell
    from flaskgen.commands.add import Wanted

    tell("update", lambda project: Wanted(project.spec), read_options(given), upgrade=True)
