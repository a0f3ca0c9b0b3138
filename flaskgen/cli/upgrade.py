"""``flaskgen upgrade``: its options; a project that flaskgen did not make is upgraded by ``ladder``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from flaskgen.cli import completion
from flaskgen.cli.change import CHANGE_OPTIONS, read_options, run_change
from flaskgen.cli.options import python_downloads_option


@click.command("upgrade", short_help="Upgrade Flask, Python and the packages of a project.")
@click.option(
    "--flask",
    "flask",
    metavar="VERSION",
    help="A release series such as 3.1, a release, or latest."
    "  [default: the project's series, or the newest if flaskgen did not create the project]",
    shell_complete=completion.completes(completion.releases),
)
@click.option(
    "--python",
    "python",
    metavar="VERSION",
    allow_from_autoenv=False,
    help="Another Python, such as 3.14.  [default: the project's]",
    shell_complete=completion.completes(completion.pythons),
)
@python_downloads_option
@click.option("--newest", is_flag=True, help="Take the newest releases instead of the tested ones.")
@CHANGE_OPTIONS
def upgrade(flask: str | None, python: str | None, newest: bool, **given: Any) -> None:
    """Upgrade the packages of the current project to today's tested versions. Your edits are kept.

    \b
    flaskgen upgrade
    flaskgen upgrade --flask 3.1 --python 3.14
    flaskgen upgrade --dry-run

    Packages that you added yourself only move if they have to.

    In a project that flaskgen did not create, it goes from one release series of Flask to the next, up to the
    newest or to that of --flask. Each is a commit on a branch, if the project's tests pass with it.
    """
    from flaskgen import commands
    from flaskgen.commands.verbs.upgrade import Target
    from flaskgen.effects.project.locating import absolute_path, find_project
    from flaskgen.errors import Fix, UsageError

    downloads = given["python_downloads"]
    options, target = read_options(given), Target(flask, python, newest, downloads)
    if find_project(absolute_path(Path())) is None:
        from flaskgen.cli.upgrade_foreign import run_upgrade

        run_upgrade(target, options)
    elif downloads and python is None:
        raise UsageError(
            "--python-downloads needs --python here",
            hint="the project keeps its Python unless you name another: --python 3.14",
            fix=Fix("--python-downloads"),
        )
    else:
        run_change(partial(commands.upgrade, Path(), target), options)
