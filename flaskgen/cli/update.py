"""`flaskgen update`: bring a project to this flaskgen's templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change_options import read_options, update_options


@click.command("update", short_help="Bring a project to this flaskgen's templates.")
@update_options
def command(**given: Any) -> None:
    """Bring the project that you are in to this flaskgen's templates, and keep all that you edited.

    Its Flask and its extensions stay as they are; `add` and `remove` change nothing but what they name.
    """
    from flaskgen.cli.change_story import tell
    from flaskgen.commands import update

    tell(lambda settings, session: update(Path(), settings=settings, session=session), read_options(given))
