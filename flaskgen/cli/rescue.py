"""``flaskgen rescue``: its options, and what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.options import (
    OUTPUT_OPTIONS,
    SOURCE_OPTIONS,
    check_contradictions,
    directory_argument,
    python_downloads_option,
)
from flaskgen.cli.terminal import aligned, show_json

if TYPE_CHECKING:
    from flaskgen.commands.foreign.rescue_report import RescueOutcome

_SHOWN = 12  # changed requirements; the report has all


@click.command("rescue")
@directory_argument
@click.option("--test", is_flag=True, help="Also run the project's tests.")
@click.option(
    "--no-run", is_flag=True, help="Only choose versions: install nothing, and run no code of the project."
)
@click.option(
    "--python",
    metavar="VERSION",
    allow_from_autoenv=False,
    help="Python to use.  [default: the one that fits the project]",
)
@python_downloads_option
@click.option(
    "--date",
    metavar="YYYY-MM-DD",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Take packages that are not pinned as of this day.  [default: by pins, Git and files]",
)
@click.option(
    "--venv",
    metavar="PATH",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Virtual environment whose versions to take, even if its Python is gone.",
)
@click.option("--hashes", is_flag=True, help="Add the hashes of every file.")
@SOURCE_OPTIONS
@OUTPUT_OPTIONS
def rescue(
    directory: Path,
    test: bool,
    no_run: bool,
    python: str | None,
    date: object,
    venv: Path | None,
    hashes: bool,
    **given: Any,
) -> None:
    """Find versions of Python and packages with which the project in DIR starts.

    None of its files are changed. Its own pins are tried first, as of their time, then as few changes to them
    as possible, until the application starts: at most 8 attempts. Its code runs in a copy, and without a
    network if the system supports that. The result is requirements.rescued.txt, with the reason for each
    change, .python-version, .venv, and RESCUE.md, which says what is still needed.
    """
    from flaskgen.cli.reporters import Display
    from flaskgen.commands import rescue
    from flaskgen.commands.foreign.beginning import RescueOptions
    from flaskgen.effects.packages.settings import configured_sources
    from flaskgen.planning.packages.sources import with_options

    check_contradictions(given)
    options = RescueOptions(
        run=not no_run,
        test=test,
        hashes=hashes,
        python_downloads=given["python_downloads"],
        python=python,
        date=str(date)[:10] if date else None,
        venv=venv,
    )
    sources = with_options(configured_sources(), given)
    display = Display.of(given)
    outcome = rescue(directory, options, sources=sources, session=display.session())
    if display.as_json:
        show_json(_as_json(outcome))
    elif not display.quiet:
        _show(outcome)


def _show(outcome: RescueOutcome) -> None:
    click.echo(f"{outcome.name}: {outcome.headline}")
    changed = [row for row in outcome.requirements if row.kind is not None]
    rows = [
        (row.declared or row.name, f"{row.kind}, {row.installed or 'not installed'}: {row.reason}")
        for row in changed
    ]
    for line in aligned(rows[:_SHOWN]):
        click.echo(f"  {line}")
    if len(rows) > _SHOWN:
        click.echo(f"  and {len(rows) - _SHOWN} more, in RESCUE.md")
    for service in outcome.project.services:
        click.echo(f"It needs {service.name} ({service.found_in}).")
    if outcome.result.variables:
        click.echo(
            f"It was started with {', '.join(outcome.result.variables)} set to examples: see RESCUE.md."
        )
    for note in outcome.notes:
        click.echo(f"note: {note}")


def _as_json(outcome: RescueOutcome) -> dict[str, object]:
    from flaskgen.commands.verbs.rescue import WRITTEN

    result = outcome.result
    return {
        "name": outcome.name,
        "summary": outcome.headline,
        "flask": outcome.flask,
        "python": outcome.python,
        "dated": outcome.beginning.dated,
        "attempts": outcome.attempts,
        "started": result.started is not None,
        "status": result.started and result.started.status,
        "tests": result.tests and {"pass": result.tests[0], "summary": result.tests[1]},
        "entry_point": result.entry and str(result.entry),
        "directory": result.entry and str(result.entry.root),
        "variables": dict(result.variables),
        "requirements": [row._asdict() for row in outcome.requirements],
        "pins": [pin.line for pin in result.pins if pin.name != "pip"],
        "build": list(result.candidate.build),
        "services": [service._asdict() for service in outcome.project.services],
        "files": list(map(str, WRITTEN)),
        "notes": list(outcome.notes),
    }
