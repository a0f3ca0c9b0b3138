"""`flaskgen option`: change options of the extensions that a project has."""

from __future__ import annotations

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
    from flaskgen.commands.option import with_options

    title = f"option {' '.join(options)}"
    tell(title, lambda project: with_options(project, options), read_options(given))
