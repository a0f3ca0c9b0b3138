"""`flaskgen remove`: take extensions out of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change_options import change_options, read_options


@click.command("remove", short_help="Take extensions out of a project.")
@click.argument("extensions", metavar="EXT[,EXT]", nargs=-1, required=True)
@change_options
def command(extensions: tuple[str, ...], **given: Any) -> None:
    """Take extensions out of the project that you are in, and keep all that you edited.

    \b
    flaskgen remove mail
    flaskgen remove all --dry-run
    """
    from flaskgen.cli.change_story import tell
    from flaskgen.commands import remove

    tell(
        lambda settings, session: remove(Path(), extensions, settings=settings, session=session),
        read_options(given),
    )
