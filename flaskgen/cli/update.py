"""`flaskgen update`: update a project to the current templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change_options import read_options, update_options


@click.command("update", short_help="Update a project to the current templates.")
@update_options
def command(**given: Any) -> None:
    """Update the project to the current templates. Your edits are kept.

    It keeps its extensions and its version of Flask. `add`, `remove` and `option` do the same with --update.
    """
    from flaskgen.cli.change_story import run
    from flaskgen.commands import update

    run(lambda settings, session: update(Path(), settings=settings, session=session), read_options(given))
