"""`flaskgen undo`: take the last change of a project back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.change_options import read_options, undo_options

if TYPE_CHECKING:
    from flaskgen.commands.undo import UndoProposal


@click.command("undo", short_help="Take the last add, remove, option or update back.")
@undo_options
def command(**given: Any) -> None:
    """Take the last `add`, `remove`, `option` or `update` of the project that you are in back.

    Only where none of its files has changed since.
    """
    from flaskgen.cli.held_project import held
    from flaskgen.cli.reporters import choose_reporter
    from flaskgen.cli.terminal import say
    from flaskgen.commands.undo import propose_undo, undo
    from flaskgen.effects.project.opening import locate_project
    from flaskgen.effects.system.session import Session

    options = read_options(given)
    reporter = choose_reporter(options.display)
    session = Session(reporter)
    path = locate_project()
    settings = options.settings
    with held(path, settings.packages, install=settings.install, dry_run=options.dry_run, session=session):
        proposal = propose_undo(path)
        if not options.dry_run:
            undo(proposal, settings.packages, install=settings.install, session=session)
    if options.display.as_json:
        _show_json(proposal, dry_run=options.dry_run, warnings=reporter.warnings)
    elif options.dry_run:
        for name, status in proposal.files.items():
            click.echo(f"{status.value:>8}  {name}")
    elif not options.display.quiet:
        say(f"Took back `flaskgen {proposal.backup.title}`: {len(proposal.files)} files are as they were.")


def _show_json(proposal: UndoProposal, *, dry_run: bool, warnings: list[str]) -> None:
    facts = {
        "project": str(proposal.project),
        "command": "undo",
        "undone": proposal.backup.title,
        "files": [{"path": name, "status": status.value} for name, status in proposal.files.items()],
        "packages": {
            "install": list(proposal.backup.uninstalled),
            "uninstall": list(proposal.backup.installed),
        },
        "warnings": warnings,
        "changed": not dry_run,
        "dry_run": dry_run,
    }
    click.echo(json.dumps(facts, indent=2))
