"""`flaskgen extension`: create or check an extension of your own."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("extension", short_help="Create or check an extension of your own.")
def extension() -> None:
    """Create an extension of your own, or check one. `flaskgen extensions` lists those that there are."""


@extension.command("new")
@click.argument("name")
def new(name: str) -> None:
    """Create an extension to start from, in the directory NAME.

    \b
    flaskgen extension new pulse
    flaskgen new shop --extensions . --with pulse
    """
    from flaskgen.commands.own_extensions import create_extension

    create_extension(name, Path())
    click.echo(f"Created {name}: a manifest, a module with its test, and lines for shared files.\n\nNext:")
    click.echo(f"  flaskgen extension check {name}")
    click.echo(f"  flaskgen new my-app --extensions . --with {name}")


@extension.command("check")
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(directory: Path) -> None:
    """Check the extension in DIR: its manifest, its lines, its settings, and projects with it.

    Every series of Flask needs data or a reason. Projects are rendered with the extension on each series, and
    with every other extension beside it.
    """
    from flaskgen.commands.own_extensions import check_extension
    from flaskgen.errors import TemplateDefect

    problems = check_extension(directory)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        number = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise TemplateDefect(f"`{directory}` has {number}", hint="docs/extensions.md says how to write one")
    click.echo(f"{directory}: everything is fine.")
