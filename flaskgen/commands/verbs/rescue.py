"""Make a project start that does not any more: other pins, another Python, and none of its files changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from flaskgen.commands.foreign.attempting import Attempt, Setting, try_all
from flaskgen.commands.foreign.beginning import RescueOptions, find_beginning
from flaskgen.commands.foreign.failures import lacks_own_file, missing_header
from flaskgen.commands.foreign.rescue_report import RescueOutcome, format_report, notes_of
from flaskgen.effects.foreign.files import known_names, read_foreign, read_pins
from flaskgen.effects.foreign.starting import copied_project
from flaskgen.effects.project.locating import absolute_path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.effects.transaction.holding import hold_project
from flaskgen.effects.transaction.transaction import transaction
from flaskgen.errors import CannotWrite, NotAProject, RescueFailed
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.entry_points import is_aside
from flaskgen.planning.foreign.project import ForeignProject, unset_by
from flaskgen.planning.foreign.rescued import RESCUED, compare, count, format_rescued, reasons, rescued_by
from flaskgen.planning.foreign.services import needed_service
from flaskgen.planning.foreign.source import fatal_error
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.names import DEFAULT_ENVIRONMENT, PYTHON_VERSION_FILE

REPORT = PurePosixPath("RESCUE.md")
WRITTEN = (RESCUED, PYTHON_VERSION_FILE, REPORT)
"""The files that a rescue writes."""
_PINS_ALONE = "the pins alone: flaskgen rescue --no-run"


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
                hint=f"remove or rename it, or get {_PINS_ALONE}",
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


def check_project(place: Path, project: ForeignProject, *, run: bool) -> None:
    """Refuse what no set of versions can make start, before anything is installed."""
    if not project.uses_flask:
        raise NotAProject(
            f"`{place.name}` does not use Flask: nothing requires or imports it",
            hint="use the directory with the requirements and the code of the application",
        )
    if not run:
        return
    started = project.started()
    for sign in project.python2:
        if sign.path in started:
            raise _for_python2(place.name, str(sign))
    for source in project.sources.values():
        if source.path in started and not is_aside(source.path) and (error := fatal_error(source)):
            raise RescueFailed(
                f"`{place.name}` has a syntax error of its own: {error}",
                hint="fix it; no other version of a package can",
            )
    if not project.entry_points:
        factories = (one.name for source in project.sources.values() for one in source.factories)
        given = next((f"{name}() requires arguments" for name in factories), "and no create_app()")
        raise NotAProject(
            f"no application was found in `{place.name}`: there is no Flask(), {given}",
            hint=f"name it: echo FLASK_APP=module:app > .flaskenv; or get {_PINS_ALONE}",
        )


def _for_python2(name: str, sign: str) -> RescueFailed:
    return RescueFailed(
        f"`{name}` is for Python 2: {sign}",
        hint="convert it to Python 3 (2to3, futurize), or run it with Python 2.7 (pyenv install 2.7.18)",
    )


def failed(
    name: str, project: ForeignProject, tried: Sequence[Attempt], *, advice: str | None
) -> RescueFailed:
    """Return the error that says what stopped the attempt that came farthest."""
    best = max(one.reached for one in tried)
    farthest = [one for one in tried if one.reached == best]
    # If packages took part in the error, later attempts have settled those of the earlier ones.
    nearest = farthest[0 if best[1] and farthest[0].started else -1]
    assert nearest.failure is not None  # noqa: S101 - none of them started
    text = nearest.failure.text
    place = f" ({nearest.started.place})" if nearest.started and nearest.started.place else ""
    if nearest.failure.stage is Stage.START and (service := needed_service(text, known_names())):
        named = [one.name for one in project.services if one.name != service]
        others = f", and what else it names ({', '.join(named)})" if named else ""
        return RescueFailed(
            f"`{name}` connects to {service} when it is imported: {nearest.failure.reason}{place}",
            hint=f"start {service}{others}, and set {_settings(project)}; or get {_PINS_ALONE}",
        )
    if project.python2:
        return _for_python2(name, str(project.python2[0]))
    ended = "does not start" if nearest.started else "cannot be installed"
    error = RescueFailed(
        f"`{name}` {ended}: {nearest.failure.reason}{place}",
        hint=_advice(nearest.failure, nearest.variables, project, advice),
    )
    kinds = count(compare(project, nearest.candidate, nearest.pins))
    attempts = "the only attempt" if len(tried) == 1 else f"nearest of {len(tried)} attempts"
    error.add_note(f"{attempts}: Python {nearest.candidate.python.minor}; {kinds}")
    return error


def _advice(
    failure: Failure, variables: Mapping[str, str], project: ForeignProject, python: str | None
) -> str:
    if failure.stage is Stage.RESOLVE:
        told = failure.hint if "\n" not in failure.hint else ""
        return told or "change the requirement that it names, or take packages of another day with --date"
    if lacks_own_file(failure, project):
        named_by = [name for name, value in variables.items() if f"{value}'" in failure.reason]
        other = f", or set {named_by[0]} to another" if named_by else ""
        return f"create it{other}: it is not in the project"
    if name := unset_by(failure.reason):
        file = " to the path of a configuration file" if "configuration file" in failure.reason else ""
        return f"set {name}{file}, and start it with {_PINS_ALONE}"
    if header := missing_header(failure):
        return f"install the library that has `{header}`, with its development files; or get {_PINS_ALONE}"
    return python or f"flaskgen doctor explains errors that are known; or get {_PINS_ALONE}"


def _settings(project: ForeignProject) -> str:
    return ", ".join(one.name for one in project.variables[:4]) or "its configuration"


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
