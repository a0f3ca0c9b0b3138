"""`flaskgen remove`: remove extensions from a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change_options import change_options, read_options


@click.command("remove", short_help="Remove extensions from a project.")
@click.argument("names", metavar="EXT[,EXT]", nargs=-1, required=True)
@change_options
def command(names: tuple[str, ...], **given: Any) -> None:
    """Remove extensions from the current project. Your edits are kept.

    \b
    flaskgen remove mail
    flaskgen remove all --dry-run
    """
    from flaskgen.cli.change_story import run
    from flaskgen.commands import remove

    run(
        lambda settings, session: remove(Path(), names, settings=settings, session=session),
        read_options(given),
    )
