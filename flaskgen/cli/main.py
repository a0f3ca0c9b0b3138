"""The `flaskgen` command: its subcommands, loaded when they are used, and the one error boundary."""

from __future__ import annotations

import importlib
import os
import sys
from functools import partial

import click

from flaskgen import __version__
from flaskgen.cli.boundary import error_boundary
from flaskgen.cli.terminal import COMPLETING, end_output, wants_colour

# Help of each subcommand, so that `flaskgen --help` imports none of them.
_SUBCOMMANDS = {
    "new": "Create a Flask project.",
    "add": "Add extensions to a project.",
    "remove": "Remove extensions, or what was generated.",
    "option": "Change an option of an extension.",
    "generate": "Generate resources, pages and commands.",
    "undo": "Undo the last change to a project.",
    "update": "Update a project to the current templates.",
    "upgrade": "Upgrade Flask, Python and the packages of a project.",
    "freeze": "Write the installed packages to requirements.txt.",
    "doctor": "Find what breaks a Flask project.",
    "rescue": "Make an old Flask project start again.",
    "extensions": "List the available extensions.",
    "extension": "Create or check an extension of your own.",
    "versions": "List Flask versions and what they work with.",
    "constraints": "Print a pip constraints file for a Flask version.",
    "schema": "Print the JSON Schema of flaskgen's JSON.",
    "config": "Show your defaults, and where they are set.",
    "completion": "Print the completion script of a shell.",
}
_MODULES = {
    **dict.fromkeys(("add", "remove", "option", "undo", "update"), "change"),
    **{"constraints": "versions", "extension": "extensions", "config": "configuration"},
    "completion": "shells",
}
"""Where a subcommand is that has not a module of its name."""


class LazyGroup(click.Group):
    """A group whose subcommands are functions in modules of flaskgen.cli, by their names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUBCOMMANDS:
            if ctx.resilient_parsing:
                return None
            raise click.exceptions.NoSuchCommand(cmd_name, possibilities=_SUBCOMMANDS, ctx=ctx)
        from flaskgen.cli.configuration import accept_configuration

        module = _MODULES.get(cmd_name, cmd_name)
        command = getattr(importlib.import_module(f"flaskgen.cli.{module}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - what each of the modules has
        command.short_help = _SUBCOMMANDS[cmd_name]
        return accept_configuration(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUBCOMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flaskgen", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Scaffold Flask projects that run, are tested, and are pinned to versions known to work together."""
    context.color = wants_colour()


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    if COMPLETING in os.environ:
        importlib.import_module("flaskgen.cli.shells")
    run = partial(cli.main, prog_name="flaskgen", standalone_mode=False)
    code = error_boundary(run, arguments if arguments is not None else sys.argv[1:])
    end_output()
    sys.exit(code)
