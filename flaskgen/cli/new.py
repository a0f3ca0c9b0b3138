"""`flaskgen new`: create a project."""

from __future__ import annotations

from typing import Any

import click

from flaskgen.cli.options import (
    OUTPUT_OPTIONS,
    SOURCE_OPTIONS,
    completes,
    extensions_option,
    option_option,
    python_downloads_option,
)


@click.command("new")
@click.argument("destination", metavar="DEST", required=False)
@click.option(
    "-x",
    "--with",
    metavar="EXT[,EXT]",
    multiple=True,
    help="Extensions, `all` or `none`; on top of --preset.",
    shell_complete=completes("extensions", several=True),
)
@click.option(
    "--preset",
    metavar="NAME",
    help="minimal, single, web, api, full or saas.",
    shell_complete=completes("presets"),
)
@click.option(
    "--flask",
    metavar="VERSION",
    help="A release (3.1.3), a series (3.1) or latest.  [default: latest]",
    shell_complete=completes("releases"),
)
@click.option(
    "--python",
    metavar="VERSION|PATH",
    help="Python to use.  [default: the newest that works]",
    shell_complete=completes("pythons"),
)
@python_downloads_option
@click.option("--name", metavar="NAME", help="Name of the project.  [default: the last part of DEST]")
@option_option
@extensions_option
@click.option(
    *("--from", "file"),
    metavar="FILE",
    type=click.File("rb"),
    help="Create what --dry-run --json printed; - is stdin.",
)
@click.option("--newest", is_flag=True, help="Resolve the newest versions within the tested bounds.")
@SOURCE_OPTIONS
@click.option("--workon", is_flag=True, help="Create the environment in $WORKON_HOME, for virtualenvwrapper.")
@click.option("--no-install", is_flag=True, help="Only create files; no environment, no index.")
@click.option("--no-verify", is_flag=True, help="Do not start the new application.")
@click.option("--test", is_flag=True, help="Also run the generated tests.")
@click.option("--no-dev", is_flag=True, help="Exclude the development tools.")
@click.option("--hashes", is_flag=True, help="Add hashes to requirements.txt.")
@click.option("--git/--no-git", default=None, help="Create a Git repository with a first commit.")
@click.option(
    "--conflict",
    type=click.Choice(["markers", "theirs", "ours"]),
    help="How to resolve conflicts with your files: insert markers, take the new ones, or keep yours."
    "  [default: create nothing]",
)
@click.option("--dry-run", is_flag=True, help="Show the files, pins and steps; write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Accept all defaults; never prompt.")
@OUTPUT_OPTIONS
def new(**given: Any) -> None:
    """Create a Flask project at DEST, with its own virtual environment, and check that it works.

    \b
    flaskgen new shop
    flaskgen new shop --with sqlalchemy,login
    flaskgen new . --preset web --with migrate --yes
    flaskgen new --from plan.json
    """
    from flaskgen.cli.new_story import parse_options, run

    run(parse_options(given))
