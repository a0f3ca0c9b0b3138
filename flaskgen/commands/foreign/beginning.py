"""Where the rescue of a foreign project begins: its date, a Python, and the first set of requirements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.tags import platform_tags

from flaskgen.effects.foreign.files import find_last_change, known_names
from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.interpreters import find_interpreters, with_python
from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.effects.system.session import Session
from flaskgen.errors import InterpreterNotFound, ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.pythons import check_python_form, how_to_install
from flaskgen.planning.foreign.attempts import Knowledge, absent_packages, without_absent
from flaskgen.planning.foreign.candidate import Candidate, Change, Kind, build_tools
from flaskgen.planning.foreign.era import (
    OF_FILES,
    Release,
    date_project,
    of_its_time,
    rank_interpreters,
    read_releases,
)
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.packages.sources import PackageSources

_LOOK_UPS = 12  # each names one pin that the index does not have, or one more that needs a newer Python

_NEWER_PYTHON = re.compile(r"only supports? (?:Python )?>=\s*([\d.]+)|depends on Python>=([\d.]+)")


class RescueOptions(NamedTuple):
    run: bool = True
    """Whether the application is started; else only versions are chosen, and nothing is installed."""
    test: bool = False
    hashes: bool = False
    python_downloads: bool = False
    python: str | None = None
    date: str | None = None
    venv: Path | None = None
    """A virtual environment whose packages are the pins; else the project's files have them."""


class Beginning(NamedTuple):
    """What the attempts begin with."""

    candidate: Candidate
    knowledge: Knowledge
    sources: PackageSources
    dated: str
    """The day, and what says so; empty if nothing does."""
    flask_year: str
    """When the Flask that it pins was released: ``2017``; empty if that is not known."""
    notes: tuple[str, ...]
    advice: str | None
    """How to get the Python of the time, if it is not installed."""


class LookedUp(NamedTuple):
    """What the index says of the pins of a project."""

    releases: tuple[Release, ...] = ()
    floor: str = "3.6"
    """The oldest Python that all of them allow."""
    missing: Mapping[str, bool] = {}
    """Those that it does not have, by normalised name, and whether it has other releases of them."""
    problem: str | None = None
    """Why it was not answered."""


def find_beginning(
    place: Path,
    project: ForeignProject,
    options: RescueOptions,
    *,
    session: Session,
    sources: PackageSources | None = None,
) -> Beginning:
    """Date a project, and choose the Python to begin with. Raises InvalidVersion or InterpreterNotFound.

    ``sources`` are those of the user, by default as configured.
    """
    if options.python is not None:
        check_python_form(options.python)
    configured = sources or configured_sources()
    sources = sources_of(project, configured)
    notes: tuple[str, ...] = ()
    interpreters = find_interpreters(session)
    looked_up = _look_up(project, Uv(session, sources), interpreters)
    if looked_up.problem and project.requirements.indexes:
        notes = (f"the project's own indexes were not used: {looked_up.problem}",)
        sources = configured
        looked_up = _look_up(project, Uv(session, sources), interpreters)
    until, reason = _date(place, project, looked_up.releases, options.date, session)
    if reason == OF_FILES:
        notes += (f"only its files date it, to {until}: if they were copied then, pass --date",)
    pythons, advice = _choose_pythons(project, looked_up, until, options, interpreters, sources, session)
    knowledge = Knowledge(
        project.requirements,
        frozenset(project.imported),
        known_names(),
        load_breaks(),
        _bounds(looked_up.releases),
        pythons,
    )
    candidate = _first(project, pythons[0], until, looked_up.missing)
    if options.test and "pytest" in project.imported and not project.requirements.get("pytest"):
        candidate = candidate.changed([("pytest", Change(Kind.ADDED, "pytest", "its tests need it"))])
    year = next((one.uploaded[:4] for one in looked_up.releases if one.name == "flask"), "")
    dated = f"{until}, {reason}" if until else ""
    return Beginning(candidate, knowledge, sources, dated, year, notes, advice)


def _date(
    place: Path, project: ForeignProject, releases: Sequence[Release], asked: str | None, session: Session
) -> tuple[str, str]:
    """Return the day that a project is of, and what says so; nothing if the index dates no release."""
    if releases and not any(release.uploaded for release in releases):
        return "", ""
    if asked:
        return asked, "as you said"
    changed = find_last_change(place, project.requirements.files, project.sources, session=session)
    return date_project(project.requirements, releases, changed)


def _choose_pythons(
    project: ForeignProject,
    looked_up: LookedUp,
    until: str,
    options: RescueOptions,
    interpreters: tuple[Interpreter, ...],
    sources: PackageSources,
    session: Session,
) -> tuple[tuple[Interpreter, ...], str | None]:
    """Return the Pythons to try, the best first, and how to get a better one that is not installed.

    That is the one of the time, or else the oldest that the project allows. Only that which is asked for is
    tried, if one is. Raises InterpreterNotFound.
    """
    requires, typed, downloads = project.requirements.python, options.python, options.python_downloads
    lowest, of_time = "" if typed else _lowest_python(requires), of_its_time(until) or ""
    wanted = typed or max(of_time, lowest, key=version_numbers)
    if wanted:
        try:
            through = sources if downloads else None
            interpreters = with_python(wanted, interpreters, downloads=through, session=session)
        except InterpreterNotFound as error:
            if typed:
                raise
            session.reporter.warn(error.message)  # another one may do
    usable = (one for one in interpreters if typed in (None, one.minor, one.version))
    pythons = rank_interpreters(
        [one for one in usable if version_numbers(one.minor) >= version_numbers(lowest)],
        looked_up.releases,
        until=until,
        requires=[f">={looked_up.floor}", *filter(None, [requires])],
        asked=typed or (project.python and project.python.version),
        breaks=load_breaks().rows,
        platforms=tuple(platform_tags()),
    )
    if not pythons:
        missing = f"Python {typed} was not found" if typed else "no Python was found"
        if lowest:
            missing = f"the project requires Python {requires}, which is not installed"
        raise InterpreterNotFound(missing, hint=how_to_install(typed or lowest or "3.8", downloads=downloads))
    if not wanted or typed or wanted in [one.minor for one in pythons]:
        return pythons, None
    why = "it is of that time" if wanted == of_time else "it is the oldest that the project allows"
    return pythons, f"{how_to_install(wanted, downloads=downloads)}: {why}"


def _lowest_python(specifier: str | None) -> str:
    """Return the oldest Python that a project says it runs on, such as ``3.9``; empty if all of Python 3."""
    bounds = [one for one in SpecifierSet(specifier or "") if one.operator in (">=", "~=", "==")]
    minors = (re.match(r"3\.\d+", one.version, re.ASCII) for one in bounds)
    return max((minor[0] for minor in minors if minor), key=version_numbers, default="")


def sources_of(project: ForeignProject, configured: PackageSources) -> PackageSources:
    """Return where the user's packages come from, and the project's own indexes beside them."""
    extra = (*configured.extra_index_urls, *project.requirements.indexes)
    return configured._replace(extra_index_urls=tuple(dict.fromkeys(extra)))


def _look_up(project: ForeignProject, uv: Uv, interpreters: Sequence[Interpreter]) -> LookedUp:
    """Ask the index about all pins and upper bounds at once, without those that it names as missing."""
    declared = project.requirements.declared
    lines = {one.name: f"{one.name}{one.requirement.specifier}" for one in declared if one.bounded}
    floor = "3.6"
    missing: dict[str, bool] = {}
    if not (lines and interpreters):
        return LookedUp()
    newest = max(interpreters, key=lambda one: version_numbers(one.version))
    for _ in range(_LOOK_UPS):
        try:
            found = uv.look_up(tuple(lines.values()), python=newest.path, at_least=floor)
            return LookedUp(read_releases(found), floor, missing)
        except ResolutionFailed as error:
            newer = _NEWER_PYTHON.findall(error.output)
            floors = [version for versions in newer for version in versions if version]
            higher = max(floors, key=version_numbers, default=floor)
            if version_numbers(higher) > version_numbers(floor):
                floor = higher.rstrip(".")
                continue
            absent = {name: has for name, has in absent_packages(error.output).items() if name in lines}
            if not absent:
                return LookedUp(floor=floor, missing=missing, problem=error.message)
            missing |= absent
            lines = {name: line for name, line in lines.items() if name not in absent}
    return LookedUp(floor=floor, missing=missing)


def _first(
    project: ForeignProject, python: Interpreter, until: str, missing: Mapping[str, bool]
) -> Candidate:
    """Return the requirements as they are, without pins that the index does not have."""
    requirements, imported = project.requirements, project.imported
    changes = dict(without_absent(missing, requirements, imported))
    if not requirements.declared:
        changes = {name: Change(Kind.ADDED, name, f"{sign} is imported") for name, sign in imported.items()}
    return Candidate(python, until, changes, build=build_tools(python, until))


def _bounds(releases: Sequence[Release]) -> tuple[str, ...]:
    """Return the upper bounds of what the version of Flask that is pinned requires."""
    flask = next((one.version for one in releases if one.name == "flask"), "")
    name = ".".join(flask.split(".")[:2])
    return tuple(bound.ceiling for series in load_series() if series.name == name for bound in series.core)
