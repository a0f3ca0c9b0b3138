"""`flaskgen add`: add extensions to a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.change_options import change_options, read_options
from flaskgen.cli.configuration import check_extensions, configured_defaults, is_configured

if TYPE_CHECKING:
    from flaskgen.cli.change_options import ChangeOptions


@click.command("add", short_help="Add extensions to a project.")
@click.argument("names", metavar="EXT[,EXT]", nargs=-1)
@click.option("-o", "--option", metavar="EXT.KEY=VALUE", multiple=True, help="An option of an extension.")
@change_options
def command(names: tuple[str, ...], option: tuple[str, ...], **given: Any) -> None:
    """Add extensions to the current project. Your edits are kept.

    \b
    flaskgen add mail
    flaskgen add login,mail --dry-run

    In a terminal, it prompts for extensions if you name none.
    """
    from flaskgen.cli.change_story import run
    from flaskgen.commands import add
    from flaskgen.effects.shipped.templates import load_catalogue

    parsed = read_options(given)
    typed = () if is_configured("option") else option
    defaults = configured_defaults().values.get("option", ())
    if defaults:
        check_extensions(load_catalogue(parsed.settings.extensions, None))
    chosen, options = (names, typed) if names else _ask(typed, defaults, parsed)
    run(
        lambda settings, session: add(
            Path(), chosen, options, defaults=defaults, settings=settings, session=session
        ),
        parsed,
    )


def _ask(
    options: tuple[str, ...], defaults: tuple[str, ...], parsed: ChangeOptions
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from flaskgen.cli.terminal import someone_is_there
    from flaskgen.errors import UsageError

    if parsed.display.as_json or parsed.display.quiet or not someone_is_there():
        raise UsageError("missing argument EXT", hint="name an extension: flaskgen add mail")
    from flaskgen.cli.prompts import ask_for_extensions

    return ask_for_extensions(options, defaults, parsed.settings.extensions)
