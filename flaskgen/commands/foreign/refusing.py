"""What is said of a project that cannot be made to start: before anything is tried, or after all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flaskgen.commands.foreign.attempting import Attempt
from flaskgen.commands.foreign.failures import lacks_own_file, missing_header
from flaskgen.effects.foreign.files import known_names
from flaskgen.errors import NotAProject, RescueFailed
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.entry_points import is_aside
from flaskgen.planning.foreign.project import ForeignProject, unset_by
from flaskgen.planning.foreign.rescued import compare, count
from flaskgen.planning.foreign.services import needed_service
from flaskgen.planning.foreign.source import fatal_error

PINS_ALONE = "the pins alone: flaskgen rescue --no-run"


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
            hint=f"name it: echo FLASK_APP=module:app > .flaskenv; or get {PINS_ALONE}",
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
            hint=f"start {service}{others}, and set {_settings(project)}; or get {PINS_ALONE}",
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
        return f"set {name}{file}, and start it with {PINS_ALONE}"
    if header := missing_header(failure):
        return f"install the library that has `{header}`, with its development files; or get {PINS_ALONE}"
    return python or f"flaskgen doctor explains errors that are known; or get {PINS_ALONE}"


def _settings(project: ForeignProject) -> str:
    return ", ".join(one.name for one in project.variables[:4]) or "its configuration"
