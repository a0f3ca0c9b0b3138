"""Make a project start that does not any more: other pins, another Python, and none of its files changed."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from flaskgen.commands.foreign.attempting import Setting, try_all
from flaskgen.commands.foreign.beginning import RescueOptions, find_beginning
from flaskgen.commands.foreign.refusing import PINS_ALONE, check_project, failed
from flaskgen.commands.foreign.rescue_report import RescueOutcome, format_report, notes_of
from flaskgen.effects.foreign.files import read_foreign, read_pins
from flaskgen.effects.foreign.starting import copied_project
from flaskgen.effects.project.locating import absolute_path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.effects.transaction.holding import hold_project
from flaskgen.effects.transaction.transaction import transaction
from flaskgen.errors import CannotWrite
from flaskgen.planning.foreign.rescued import RESCUED, format_rescued, reasons, rescued_by
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.names import DEFAULT_ENVIRONMENT, PYTHON_VERSION_FILE

REPORT = PurePosixPath("RESCUE.md")
WRITTEN = (RESCUED, PYTHON_VERSION_FILE, REPORT)
"""The files that a rescue writes."""


def rescue(
    directory: Path | str,
    options: RescueOptions | None = None,
    *,
    sources: PackageSources | None = None,
    session: Session | None = None,
) -> RescueOutcome:
    """Find versions with which the application in a directory starts, and write them there.

    Raises NotAProject, RescueFailed, InterpreterNotFound or CannotWrite, with the directory as it was.
    """
    session, options = session or Session(), options or RescueOptions()
    place = absolute_path(directory)
    with session.reporter.step("Read the project"):
        project, found = read_foreign(place, options.python)
        if options.venv is not None:
            project = project._replace(requirements=read_pins(options.venv))
        if options.run and os.path.lexists(place / DEFAULT_ENVIRONMENT):
            raise CannotWrite(
                f"`{place / DEFAULT_ENVIRONMENT}` already exists",
                hint=f"remove or rename it, or get {PINS_ALONE}",
            )
        check_project(place, project, run=options.run)
    with session.reporter.step("Date it, and choose a Python"):
        beginning = find_beginning(place, project, options, session=session, sources=sources)
    with (
        hold_project(place, session=session),
        copied_project(place, found.every) as copy,
        transaction(place, "rescue", session=session, undoable=False) as change,
    ):
        setting = Setting(project, copy, place / DEFAULT_ENVIRONMENT, beginning.sources, session)
        if options.run:
            change.will_make([setting.environment])
        tried = try_all(beginning.candidate, beginning.knowledge, setting, run=options.run, test=options.test)
        result = tried[-1]
        if result.failure is not None:
            raise failed(place.name, project, tried, advice=beginning.advice)
        made = dict.fromkeys(path for one in tried for path in one.directories)
        result = result._replace(directories=tuple(made))  # by an earlier attempt, in the same copy
        notes = notes_of(project, beginning, result, session)
        attempts = len(tried) - (result.candidate in [one.candidate for one in tried[:-1]])
        every = (*found.notes, *beginning.notes, *notes)
        outcome = RescueOutcome(place.name, project, beginning, attempts, result, every)
        contents = _contents(outcome, hashes=options.hashes)
        change.write(contents, seen=read_files(place, contents))
    return outcome


def _contents(outcome: RescueOutcome, *, hashes: bool) -> dict[PurePosixPath, bytes]:
    project, result = outcome.project, outcome.result
    source = ", ".join(map(str, project.requirements.files)) or "the imports"
    requirements = format_rescued(
        rescued_by(result.candidate, project, result.pins),
        made_by=f"rescue` from {source}; RESCUE.md says more",
        notes=reasons(outcome.requirements, result.candidate),
        hashes=hashes,
    )
    texts = (requirements, f"{outcome.python}\n", format_report(outcome))
    return {path: text.encode() for path, text in zip(WRITTEN, texts, strict=True)}
