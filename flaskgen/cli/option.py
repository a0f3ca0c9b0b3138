"""`flaskgen option`: change options of the extensions that a project has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flaskgen.cli.change_options import change_options, read_options


@click.command("option", short_help="Change an option of an extension.")
@click.argument("options", metavar="EXT.KEY=VALUE", nargs=-1, required=True)
@change_options
def command(options: tuple[str, ...], **given: Any) -> None:
    """Change options of the current project's extensions, such as its database.

    `flaskgen extensions NAME` lists the options of an extension. Your edits are kept.
    """
    from flaskgen.cli.change_story import run
    from flaskgen.commands import option

    run(
        lambda settings, session: option(Path(), options, settings=settings, session=session),
        read_options(given),
    )
