"""`flaskgen undo`: undo the last change of a project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flaskgen.cli.change_options import read_options, undo_options

if TYPE_CHECKING:
    from flaskgen.commands.verbs.undo import Undone


@click.command("undo", short_help="Undo the last change to a project.")
@undo_options
def command(**given: Any) -> None:
    """Undo the last `add`, `remove`, `option` or `update` of the current project.

    Run it again to undo the changes before, up to ten. It stops if you edited one of the files since.
    """
    from flaskgen.cli.reporters import choose_reporter
    from flaskgen.cli.terminal import one_line, say
    from flaskgen.commands import undo
    from flaskgen.effects.system.session import Session

    options = read_options(given)
    reporter = choose_reporter(options.display)
    undone = undo(Path(), settings=options.settings, session=Session(reporter))
    dry_run = options.settings.dry_run
    if options.display.as_json:
        _show_json(undone, dry_run=dry_run, warnings=reporter.warnings)
    elif dry_run:
        for name, status in undone.files.items():
            click.echo(f"{status.value:>8}  {one_line(name)}")
    elif not options.display.quiet:
        count = len(undone.files)
        files = "1 file" if count == 1 else f"{count} files"
        say(one_line(f"Undid `flaskgen {undone.title}`: restored {files}. {_further(undone)}"))


def _further(undone: Undone) -> str:
    if not undone.further:
        return "There is no earlier change to undo."
    changes = "change" if len(undone.further) == 1 else "changes"
    return f"{len(undone.further)} earlier {changes} can be undone; the next is `{undone.further[0]}`."


def _show_json(undone: Undone, *, dry_run: bool, warnings: list[str]) -> None:
    facts = {
        "project": str(undone.project),
        "command": "undo",
        "undone": undone.title,
        "further": list(undone.further),
        "files": [{"path": name, "status": status.value} for name, status in undone.files.items()],
        "packages": {
            "install": list(undone.packages.uninstalled),
            "uninstall": list(undone.packages.installed),
        },
        "warnings": warnings,
        "changed": not dry_run,
        "dry_run": dry_run,
    }
    click.echo(json.dumps(facts, indent=2))
