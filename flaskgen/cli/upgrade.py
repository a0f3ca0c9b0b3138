"""`flaskgen upgrade`: its options, and what it shows of a project that flaskgen did not make."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen import commands
from flaskgen.cli.change import CHANGE_OPTIONS, Options, read_options, run_change
from flaskgen.cli.options import completes, directory_argument, python_downloads_option
from flaskgen.cli.terminal import show_json
from flaskgen.errors import Fix, UsageError

if TYPE_CHECKING:
    from flaskgen.commands.verbs.upgrade_foreign import ForeignUpgrade
    from flaskgen.planning.foreign.steps import Step

_SHOWN = 8  # of what a person has to do
_OWN_OPTIONS = ("python", "newest", "update", "conflict", "no_install", "no_verify")
"""Those of projects that flaskgen created."""


@click.command("upgrade")
@directory_argument
@click.option(
    "--flask",
    metavar="VERSION",
    help="A release series such as 3.1, a release, or latest."
    "  [default: the project's series, or the newest if flaskgen did not create the project]",
    shell_complete=completes("releases"),
)
@click.option(
    "--python",
    metavar="VERSION",
    allow_from_autoenv=False,
    help="Another Python, such as 3.14.  [default: the project's]",
    shell_complete=completes("pythons"),
)
@python_downloads_option
@click.option("--newest", is_flag=True, help="Take the newest releases instead of the tested ones.")
@CHANGE_OPTIONS
def upgrade(directory: Path, flask: str | None, python: str | None, newest: bool, **given: Any) -> None:
    """Upgrade the packages of the project in DIR to today's tested versions. Your edits are kept.

    \b
    flaskgen upgrade
    flaskgen upgrade --flask 3.1 --python 3.14
    flaskgen upgrade --dry-run

    Packages that you added yourself only move if they have to.

    In a project that flaskgen did not create, it goes from one release series of Flask to the next, up to the
    newest or to that of --flask. Each is a commit on a branch, if the project's tests pass with it.
    """
    from flaskgen.commands.verbs.upgrade import Target
    from flaskgen.effects.project.locating import absolute_path, find_project

    downloads = given["python_downloads"]
    options, target = read_options(given), Target(flask, python, newest, downloads)
    place = absolute_path(directory)
    if not place.is_dir() or find_project(place) is None:
        typed = {"python": python, "newest": newest, **given}
        if name := next((name for name in _OWN_OPTIONS if typed[name]), None):
            raise UsageError(
                f"--{name.replace('_', '-')} is for projects that flaskgen created",
                hint="upgrade Flask; that also changes the Python if necessary",
            )
        _upgrade_foreign(place, flask or "latest", options, python_downloads=downloads)
    elif downloads and python is None:
        raise UsageError(
            "--python-downloads needs --python here",
            hint="the project keeps its Python unless you name another: --python 3.14",
            fix=Fix("--python-downloads"),
        )
    else:
        run_change(partial(commands.upgrade, place, target), options)


def _upgrade_foreign(place: Path, flask: str, options: Options, *, python_downloads: bool) -> None:
    """Upgrade a project that flaskgen did not create, and exit with 1 if a step was rejected."""
    outcome = commands.upgrade_foreign(
        place,
        flask,
        dry_run=options.settings.dry_run,
        python_downloads=python_downloads,
        sources=options.settings.sources,
        session=options.display.session(),
    )
    if options.display.as_json:
        show_json(_as_json(outcome))
    elif not options.display.quiet:
        _show(outcome, place)
    if outcome.stopped is not None:
        sys.exit(1)


def _show(outcome: ForeignUpgrade, place: Path) -> None:
    before = outcome.flask
    for step in outcome.steps:
        _show_step(before, step)
        before = step.flask
    for note in outcome.notes:
        click.echo(f"note: {note}")
    if outcome.stopped is not None:
        click.echo(f"Flask {outcome.stopped.flask} was rejected: {outcome.stopped.reason}")
        for line in outcome.stopped.todo[:_SHOWN]:
            click.echo(f"  {line}")
        if len(outcome.stopped.todo) > _SHOWN:
            click.echo(f"  and {len(outcome.stopped.todo) - _SHOWN} more lines; --json has all")
    if not outcome.steps and outcome.stopped is None:
        click.echo(f"Nothing to do: {outcome.name} has Flask {before}.")
    elif any(step.commit for step in outcome.steps):
        from flaskgen.cli.change_shown import enter_project  # late: a dry run and --help do without

        following = [*enter_project(place), f"git switch {outcome.branch}"]
        if outcome.stopped is None:
            following.append(f"uv venv --clear --python {outcome.steps[-1].python}")
            following.append("uv pip install -r requirements.rescued.txt")
        click.echo("Next: " + "\n      ".join(following))
        if outcome.stopped is not None:
            click.echo("Then change that, commit it, and run flaskgen upgrade again.")


def _show_step(before: str, step: Step) -> None:
    commit = f" [{step.commit}]" if step.commit else ""
    change = f"Flask {step.flask}" if step.flask == before else f"Flask {before} -> {step.flask}"
    click.echo(f"{change}, Python {step.python}: {step.judged}{commit}")
    if step.commit is None:
        click.echo(step.diff, nl=False)
    for done in step.code:
        click.echo(f"  {done.place}: {done.what}")
    for left in step.left:
        click.echo(f"  not changed: {left}")


def _as_json(outcome: ForeignUpgrade) -> dict[str, object]:
    after = outcome.steps[-1].flask if outcome.steps else outcome.flask
    return {
        "name": outcome.name,
        "flask": {"before": outcome.flask, "after": after, "goal": outcome.goal},
        "branch": outcome.branch,
        "steps": [
            {
                **step._asdict(),
                "pins": [pin._asdict() for pin in step.pins],
                "code": [change._asdict() for change in step.code],
                "left": [change._asdict() for change in step.left],
            }
            for step in outcome.steps
        ],
        "stopped": outcome.stopped and outcome.stopped._asdict(),
        "notes": list(outcome.notes),
    }
