"""Run `flaskgen new` for a person or a script: ask, propose, make, show."""

from __future__ import annotations

from flaskgen.cli.new_options import NewOptions
from flaskgen.cli.new_shown import outcome_as_json, proposal_as_json, show_dry_run, show_outcome
from flaskgen.cli.reporters import choose_reporter
from flaskgen.cli.terminal import someone_is_there
from flaskgen.commands.new import new
from flaskgen.commands.proposal import find_asked_release, propose
from flaskgen.effects.system.session import Session
from flaskgen.errors import Interrupted, UsageError
from flaskgen.planning.project.spec import Answers


def tell(options: NewOptions) -> None:
    """Make the project that the options and the prompts describe, and show what came of it."""
    reporter = choose_reporter(options.display)
    session = Session(reporter)
    try:
        answers = _complete(options, session)
        proposal = propose(answers, options.settings, session=session)
    except Interrupted as stop:
        stop.add_note("nothing was made")
        raise
    for note in proposal.selection.notes:
        reporter.note(note)
    for warning in proposal.warnings:
        reporter.warn(warning)
    if options.dry_run:
        show = proposal_as_json if options.display.as_json else show_dry_run
        return show(proposal, options.settings)
    outcome = new(proposal, options.settings, session=session)
    if options.display.as_json:
        outcome_as_json(outcome, options.settings, reporter)
    elif not options.display.quiet:
        show_outcome(outcome, options.settings, reporter)


def _complete(options: NewOptions, session: Session) -> Answers:
    answers = options.answers
    if options.ask and someone_is_there():
        from flaskgen.cli.prompts import ask_for_missing

        if answers.flask is not None:  # before anyone answers questions about a release that is not there
            find_asked_release(answers.flask, options.settings, session=session)
        answers = ask_for_missing(answers, flags=options.flags)
    if answers.destination is None:
        raise UsageError(
            "where shall the project be made?", hint="name the directory to make: flaskgen new my-app"
        )
    return answers
