"""Change a project for a person or a script, and show what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import click

from flaskgen.cli.change_options import ChangeOptions
from flaskgen.cli.change_shown import (
    outcome_as_json,
    plan_as_json,
    show_dry_run,
    show_outcome,
)
from flaskgen.cli.reporters import QuietReporter, choose_reporter
from flaskgen.cli.terminal import say, someone_is_there
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan, require_decided
from flaskgen.effects.system.session import Session
from flaskgen.errors import MergeConflict, NameClash, ProjectOutdated

Change = Callable[[ChangeSettings, Session], Outcome[Plan]]


def run(change: Change, options: ChangeOptions) -> None:
    """Make a change and show it; an outdated project is updated in the same change if the user agrees."""
    reporter = choose_reporter(options.display)
    session = Session(reporter)
    try:
        outcome = change(options.settings, session)
    except ProjectOutdated as outdated:
        if options.display.as_json or options.display.quiet or not someone_is_there():
            raise
        from flaskgen.cli.questions import confirm

        say(f"{outdated.message}.")
        confirm("Update it in the same change?")
        outcome = change(replace(options.settings, update=True), session)
    if outcome.made:
        if options.display.as_json:
            outcome_as_json(outcome, reporter)
        elif not options.display.quiet:
            show_outcome(outcome, reporter)
    elif not outcome.plan.is_empty:
        _show_dry_run(outcome, options, reporter)
    elif options.display.as_json:
        plan_as_json(outcome.plan, reporter, dry_run=False)
    elif not options.display.quiet:
        say("Nothing to do: already up to date.")


def _show_dry_run(outcome: Outcome[Plan], options: ChangeOptions, reporter: QuietReporter) -> None:
    """Show what would happen, and end as the change itself would."""
    if not options.display.as_json:
        show_dry_run(outcome.plan)
        return require_decided(outcome.plan, verify=options.settings.verify)
    plan_as_json(outcome.plan, reporter)
    try:
        require_decided(outcome.plan, verify=options.settings.verify)
    except (NameClash, MergeConflict) as undecided:  # the printed object says it already
        click.get_current_context().exit(undecided.exit_code)
