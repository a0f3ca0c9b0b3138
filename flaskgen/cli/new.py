"""`flaskgen new`: options to answers, prompts for the rest, the command, and what is shown of it."""

from __future__ import annotations

from typing import Any

import click

_MORE = {"show_default": False}


@click.command("new", short_help="Make a new Flask project.")
@click.argument("destination", metavar="DEST", required=False)
@click.option(
    "-x", "--with", "extensions", metavar="EXT[,EXT]", multiple=True, help="Extensions; also `all`, `none`."
)
@click.option("--preset", metavar="NAME", help="minimal, web, api, or full: all that is not dead.")
@click.option(
    "--flask", metavar="VERSION", help="A release (3.1.3), a line (3.1), or latest.  [default: latest]"
)
@click.option("--python", metavar="VERSION|PATH", help="The interpreter.  [default: the newest that works]")
@click.option("--name", metavar="NAME", help="The project's name.  [default: the last part of DEST]")
@click.option(
    "-o", "--option", "options", metavar="EXT.KEY=VALUE", multiple=True, help="An extension's option."
)
@click.option("--newest", is_flag=True, help="Resolve the newest versions within the tested bounds.")
@click.option("--offline", is_flag=True, help="Use nothing but the cache.")
@click.option("--index-url", metavar="URL", help="The package index, instead of pip's configured one.")
@click.option("--extra-index-url", metavar="URL", multiple=True, help="Another index beside it.")
@click.option("--find-links", metavar="URL|DIR", multiple=True, help="A page or folder with packages.")
@click.option("--workon", is_flag=True, help="Put the environment in $WORKON_HOME, for virtualenvwrapper.")
@click.option("--no-install", is_flag=True, help="Files only: no environment, no index.")
@click.option("--no-verify", is_flag=True, help="Do not start the new application.")
@click.option("--test", is_flag=True, help="Run the generated tests, too.")
@click.option("--no-dev", is_flag=True, help="Leave out the test tools.")
@click.option("--hashes", is_flag=True, help="Pin hashes in requirements.txt.")
@click.option("--git/--no-git", default=None, help="Make a repository and a first commit.")
@click.option("--dry-run", is_flag=True, help="Show the tree, the pins and the steps; write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Take every default, ask nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Show each command and its output.")
def command(**given: Any) -> None:
    """Make a Flask project at DEST, in a virtual environment of its own, that runs and is tested.

    \b
    flaskgen new shop
    flaskgen new shop --with sqlalchemy,login
    flaskgen new . --preset web --yes
    """
    from flaskgen.cli.new_options import parse_options
    from flaskgen.cli.new_story import tell

    tell(parse_options(given))
