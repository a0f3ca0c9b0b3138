"""Run a change of a project for a person or a script: hold, propose, make, show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from flaskgen.cli.change_options import ChangeOptions
from flaskgen.cli.change_shown import (
    outcome_as_json,
    proposal_as_json,
    show_dry_run,
    show_nothing_to_do,
    show_outcome,
)
from flaskgen.cli.reporters import QuietReporter, choose_reporter
from flaskgen.commands.add import Wanted
from flaskgen.commands.change import apply_change, require_settled
from flaskgen.commands.change_proposal import ChangeProposal, propose_change
from flaskgen.commands.undo import put_right
from flaskgen.effects.backup import CHANGE, read_backup
from flaskgen.effects.project_lock import hold_project
from flaskgen.effects.record_files import OpenProject, locate_project, open_project
from flaskgen.effects.working_tree import is_clean
from flaskgen.errors import CannotWrite, Interrupted, MergeConflict
from flaskgen.reporting import Reporter

Want = Callable[[OpenProject], Wanted]


def tell(title: str, want: Want, options: ChangeOptions, *, upgrade: bool = False) -> None:
    """Change the project around the current directory to what ``want`` makes of it, and show that."""
    reporter = choose_reporter(options.display)
    path = locate_project()
    with held(path, options, reporter=reporter):
        project = open_project(path)
        wanted = want(project)
        for note in wanted.notes:
            reporter.warn(note)
        proposal = propose_change(
            project, wanted.spec, options.settings, title=title, reporter=reporter, upgrade=upgrade
        )
        if proposal.is_empty:
            return show_nothing_to_do(proposal, options.display, reporter)
        for note in proposal.notes:
            reporter.warn(note)
        if options.dry_run:
            return _show_dry_run(proposal, options, reporter)
        clean = is_clean(path, reporter=reporter)
        outcome = apply_change(proposal, reporter=reporter)
    if options.display.as_json:
        outcome_as_json(outcome, reporter)
    elif not options.display.quiet:
        show_outcome(outcome, reporter, clean=clean)


def _show_dry_run(proposal: ChangeProposal, options: ChangeOptions, reporter: QuietReporter) -> None:
    """Show what would be done, and end as the change itself would."""
    if not options.display.as_json:
        show_dry_run(proposal)
        return require_settled(proposal.plan)
    proposal_as_json(proposal, reporter)
    try:
        require_settled(proposal.plan)
    except MergeConflict as conflict:  # the object that is printed says it already
        click.get_current_context().exit(conflict.exit_code)


@contextmanager
def held(path: Path, options: ChangeOptions, *, reporter: Reporter) -> Iterator[None]:
    """Hold a project, and put right what a killed run left in it; a dry run does neither."""
    if options.dry_run:
        if interrupted := read_backup(path / CHANGE):
            raise CannotWrite(
                f"`flaskgen {interrupted.title}` was cut off here, and its files are half changed",
                hint="the next command without --dry-run puts that right first",
            )
        yield
        return
    try:
        with hold_project(path, reporter=reporter):
            settings = options.settings
            put_right(path, settings.packages, install=settings.install, reporter=reporter)
            yield
    except Interrupted as stop:
        if not getattr(stop, "__notes__", None):
            stop.add_note("nothing was changed")
        raise
