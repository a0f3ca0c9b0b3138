"""`flaskgen option`: change options of the extensions that a project has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change_options import change_options, read_options


@click.command("option", short_help="Change an extension's option.")
@click.argument("options", metavar="EXT.KEY=VALUE", nargs=-1, required=True)
@change_options
def command(options: tuple[str, ...], **given: Any) -> None:
    """Change options of the extensions of the project that you are in: another database, say.

    `flaskgen extensions NAME` lists the options of an extension.
    """
    from flaskgen.cli.change_story import tell
    from flaskgen.commands import option

    tell(
        lambda settings, session: option(Path(), options, settings=settings, session=session),
        read_options(given),
    )
