"""`flaskgen constraints`: print a constraints file, for projects that flaskgen did not create."""

from __future__ import annotations

from pathlib import Path

import click

from flaskgen.cli.configuration import extensions_option


@click.command("constraints", short_help="Print a pip constraints file for a Flask version.")
@click.argument("version")
@click.option(
    *("-x", "--with", "names"),
    metavar="EXT[,EXT]",
    multiple=True,
    help="Extensions, `all` or `none`.",
)
@extensions_option
@click.option(
    "--python",
    metavar="VERSION",
    allow_from_autoenv=False,  # a bound to check here; for `new`, the Python to use
    help="Fail if that Flask does not work on this Python.",
)
def constraints(
    version: str, names: tuple[str, ...], extensions: tuple[str, ...], python: str | None
) -> None:
    """Print the bounds that a Flask version requires as a pip constraints file, with the reason for each.

    \b
    flaskgen constraints 1.1.4 > constraints.txt
    pip install -c constraints.txt -r requirements.txt
    """
    from flaskgen.commands.constraints import constraints

    directories = tuple(map(Path, extensions))
    click.echo(constraints(version, extensions=names, directories=directories, python=python), nl=False)
