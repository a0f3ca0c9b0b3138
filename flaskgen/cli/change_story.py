"""Run a change of a project for a person or a script: hold, propose, make, show."""

from __future__ import annotations

from collections.abc import Callable

import click

from flaskgen.cli.change_options import ChangeOptions
from flaskgen.cli.change_shown import (
    outcome_as_json,
    proposal_as_json,
    show_dry_run,
    show_nothing_to_do,
    show_outcome,
)
from flaskgen.cli.held_project import held
from flaskgen.cli.reporters import QuietReporter, choose_reporter
from flaskgen.commands.add import Wanted
from flaskgen.commands.change import apply_change, require_settled
from flaskgen.commands.change_proposal import ChangeProposal, propose_change
from flaskgen.effects.git.working_tree import is_clean
from flaskgen.effects.project.opening import OpenProject, locate_project, open_project
from flaskgen.effects.system.session import Session
from flaskgen.errors import MergeConflict

Want = Callable[[OpenProject], Wanted]


def tell(title: str, want: Want, options: ChangeOptions, *, upgrade: bool = False) -> None:
    """Change the project around the current directory to what ``want`` makes of it, and show that."""
    reporter = choose_reporter(options.display)
    session = Session(reporter)
    path = locate_project()
    settings = options.settings
    with held(path, settings.packages, install=settings.install, dry_run=options.dry_run, session=session):
        project = open_project(path)
        wanted = want(project)
        for note in wanted.notes:
            reporter.note(note)
        proposal = propose_change(
            project, wanted.spec, settings, title=title, session=session, upgrade=upgrade
        )
        if proposal.is_empty:
            return show_nothing_to_do(proposal, options.display, reporter)
        for warning in proposal.warnings:
            reporter.warn(warning)
        if options.dry_run:
            return _show_dry_run(proposal, options, reporter)
        clean = is_clean(path, session=session)
        outcome = apply_change(proposal, session=session)
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
