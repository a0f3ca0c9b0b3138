"""What is wrong with a project, or will be: known breaks, old packages, secrets, and what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.planning.flask.breaks import Break, Breaks, Stops
from flaskgen.planning.flask.code_uses import Use, UseFinder
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import begins_alike, version_numbers
from flaskgen.planning.foreign.entry_points import EntryPoint, is_aside
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.requirements import markers_of, python_for
from flaskgen.planning.foreign.source import NEW_KEYWORDS, Source, new_keyword
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.sources import redact
from flaskgen.reporting import first_of

_PYTHON_3 = SpecifierSet(">=3.0")
_CONFLICT = re.compile(r"^<<<<<<< ", re.MULTILINE)


class Level(IntEnum):
    """How bad a finding is."""

    STOPS = 0
    """The application cannot be installed or does not start."""
    ENVIRONMENT = 1
    """The project's environment is missing or does not work, whatever the code does in another."""
    FAILS = 2
    """It starts, and something fails in use."""
    ADVICE = 3


class Finding(NamedTuple):
    """Something that is wrong."""

    level: Level
    what: str
    places: tuple[str, ...] = ()
    """``app/views.py:3``"""
    fixes: tuple[str, ...] = ()
    """Each is enough."""
    broken: Break | None = None
    """The known break that it is."""
    of_code: bool = False
    """Whether no other versions and no other Python help, because the code has to change."""


class Diagnosis(NamedTuple):
    """What a project runs on, and all that is wrong with it."""

    flask: str | None
    """The release that it pins; None if pip chooses."""
    series: FlaskSeries | None
    """The series that it runs on; None if flaskgen does not know it."""
    flask_from: str
    """Why it is that one."""
    written_for: str | None
    """What the code says of the Flask that it is for, such as ``Flask<1``."""
    python: Version
    python_from: str
    entry_point: EntryPoint | None
    findings: tuple[Finding, ...]
    """The worst first."""
    notes: tuple[str, ...] = ()
    """What was not read."""

    @property
    def starts(self) -> bool:
        """Whether nothing is known that stops it."""
        return all(finding.level is not Level.STOPS for finding in self.findings)

    @property
    def needs_rescue(self) -> bool:
        """Whether something stops it, against all of which other versions or another Python may help."""
        stops = [finding for finding in self.findings if finding.level is Level.STOPS]
        return bool(stops) and not any(finding.of_code for finding in stops)


def diagnose(
    project: ForeignProject,
    breaks: Breaks,
    all_series: Sequence[FlaskSeries],
    *,
    python: Version,
    environment: Iterable[str],
    templates: Mapping[PurePosixPath, str],
) -> Diagnosis:
    """Return what a project runs on, and what is wrong with it.

    ``python`` is that of a project which asks for none; ``environment`` has the names of the variables that
    are set, and ``templates`` the texts of its pages.
    """
    python, python_from = _python(project, python)
    versions = _versions(project, breaks, python)
    flask, series, flask_from = _flask(project, versions.get("flask"), all_series)
    found = list(_breaks(project, breaks, versions, python, templates))
    bounds = [pin for one in found if one.broken and one.broken.in_code for pin in one.broken.pins]
    older = [bound for bound in bounds if bound.startswith("Flask<")]
    findings = (
        *(_flask_problems(flask, series, python, found) if flask and series else ()),
        *_refused(project),
        *_syntax_problems(project, python),
        *found,
        *_unmaintained(project, breaks, found),
        *_unset(project, environment),
        *_secrets(project),
    )
    written_for = min(older, key=lambda bound: Version(bound.partition("<")[2]), default=None)
    entry = next(iter(project.entry_points), None)
    return Diagnosis(flask, series, flask_from, written_for, python, python_from, entry, findings)


def _versions(project: ForeignProject, breaks: Breaks, python: Version) -> dict[str, Version]:
    """Return the versions that pip installs for the project."""
    constraints: dict[str, SpecifierSet] = {}
    for one in project.requirements.constraints:
        constraints[one.name] = constraints.get(one.name, SpecifierSet()) & one.requirement.specifier
    markers = markers_of(python)
    wanted: dict[str, SpecifierSet | None] = {}
    for one in project.requirements.declared:
        marker = one.requirement.marker
        if marker is None or marker.evaluate(markers):
            wanted[one.name] = None if one.requirement.url else one.requirement.specifier
            wanted |= {f"{one.name}[{extra}]": SpecifierSet() for extra in one.requirement.extras}
    return breaks.install(wanted or dict.fromkeys(project.imported, SpecifierSet()), constraints, python)


def _flask(
    project: ForeignProject, version: Version | None, all_series: Sequence[FlaskSeries]
) -> tuple[str | None, FlaskSeries | None, str]:
    """Return the release that is pinned, the series of the ``version`` that is installed, and why."""
    flask = project.requirements.get("flask")
    pinned = flask.version if flask else None
    older = (one for one in reversed(all_series) if version and Version(one.name) <= version)
    series = next(older, None)
    if series and pinned:
        begins = begins_alike(version_numbers(series.name), version_numbers(pinned))
        series = series.for_release(pinned) if begins else None
    if flask is None:
        return pinned, series, "no requirement names Flask"
    certain = pinned or series is None
    return pinned, series, f"{flask.place}: {flask.requirement}" if certain else f"{flask.place} allows it"


def _python(project: ForeignProject, running: Version) -> tuple[Version, str]:
    asked, allowed = project.python, SpecifierSet(project.requirements.python or "")
    if asked and not (asked.tested and str(allowed)):
        return Version(asked.version), str(asked)
    if not str(allowed):
        return running, "this one; the project names none"
    this = "this one; " if running in allowed else ""
    return python_for(str(allowed), running), f"{this}{project.requirements.python_from} asks for {allowed}"


def _flask_problems(
    flask: str, series: FlaskSeries, python: Version, found: Sequence[Finding]
) -> Iterator[Finding]:
    if reason := series.broken.get(flask):
        fix = f"require {series.tested}"
        yield Finding(Level.STOPS, f"Flask {flask} does not work with any versions ({reason})", (), (fix,))
    if reason := series.yanked.get(flask):
        yield Finding(Level.ADVICE, f"Flask {flask} was yanked: {reason}")
    pythons, newest = series.pythons, series.pythons.maximum
    newer = python.release[:2] > Version(newest.version).release
    known = any(one.broken and str(one.broken.python) and one.broken.is_about("Flask") for one in found)
    if newer and not (known or pythons.newer_tried or newest.of_project):
        what = f"Flask {flask} does not work on Python {python} ({newest.reason})"
        yield Finding(Level.STOPS, what, (), (f"run it on Python {newest.version} or older",))


def _refused(project: ForeignProject) -> Iterator[Finding]:
    for one in project.requirements.refused:
        what = "pip cannot install" if one.understood else "cannot read"
        yield Finding(Level.STOPS, redact(f"{what} `{one.text}`: {one.reason}"), (one.place,))


def _syntax_problems(project: ForeignProject, python: Version) -> Iterator[Finding]:
    run = project.started(certainly=False)
    if project.python2:
        runs = not run.isdisjoint(sign.path for sign in project.python2)
        places = tuple(f"{sign.path}:{sign.line}" for sign in project.python2)
        signs = list(dict.fromkeys(sign.what for sign in project.python2))
        what = f"{'It is' if runs else 'It has'} code for Python 2: {first_of(signs, 2)}"
        fixes = ("run it on Python 2.7, or rewrite it for Python 3 with 2to3",)
        yield Finding(Level.STOPS if runs else Level.ADVICE, what, places, fixes, of_code=True)
        return
    for source in project.sources.values():
        if source.error is None:
            continue
        level = Level.STOPS if source.path in run and not is_aside(source.path) else Level.ADVICE
        keyword = new_keyword(source)
        if keyword and python < NEW_KEYWORDS:
            continue
        if conflict := _CONFLICT.search(source.text):
            place = f"{source.path}:{source.text.count(chr(10), 0, conflict.start()) + 1}"
            yield Finding(level, "It has a conflict of Git that nobody resolved", (place,), of_code=True)
            continue
        what = keyword.what if keyword else f"It is no valid Python: {source.error.what}"
        either = [f"run it on Python before {NEW_KEYWORDS}", "rename it"] if keyword else []
        place = f"{source.path}:{source.error.line}"
        yield Finding(level, what, (place,), tuple(either), of_code=not keyword)


def _breaks(
    project: ForeignProject,
    breaks: Breaks,
    versions: Mapping[str, Version],
    python: Version,
    templates: Mapping[PurePosixPath, str],
) -> Iterator[Finding]:
    rows = [
        row
        for row in breaks.rows
        if row.affects(versions, python) and not (project.python2 and row.python == _PYTHON_3)
    ]
    own = project.own_modules
    sought = [row._replace(imports=tuple(set(row.imports) - own)) for row in rows]
    uses: dict[str, list[tuple[PurePosixPath, Use]]] = {}
    for path, use in find_uses(sought, project.sources.values(), templates):
        uses.setdefault(use.broken.id, []).append((path, use))
    files, factories = project.started(), [one.name for one in project.entry_points[:1] if one.factory]
    imported = breaks.imported_by({"flask", *project.imported}, versions)
    for row in rows:
        found = uses.get(row.id, [])
        if row.in_code:
            places = [f"{path}:{use.line}" for path, use in found]
            certain = any(path in files and use.function in (None, *factories) for path, use in found)
        else:
            places = [_declared_at(project, one.name) for one in row.when]
            certain = row.stops is Stops.INSTALLATION or any(row.is_about(name) for name in imported)
        level = Level.STOPS if row.stops is not Stops.USE and certain else Level.FAILS
        if row.of_older:
            level = Level.ADVICE
            declared = project.requirements.get(normalized(row.when[0].name))
            if declared and not row.allows_older(declared.requirement.specifier):
                continue
        if found or (row.when and not row.in_code):
            yield Finding(level, row.title, tuple(places), fixes_of(row), row)


def find_uses(
    rows: Sequence[Break], sources: Iterable[Source], pages: Mapping[PurePosixPath, str]
) -> Iterator[tuple[PurePosixPath, Use]]:
    """Yield each line of modules and pages with something that a break is about."""
    finder = UseFinder(rows)
    for source in sources:
        for use in finder.find(source.text, source.tree) if source.tree else ():
            yield source.path, use
    texts = [(row, text) for row in rows for text in row.templates]
    for path, page in pages.items():
        sought = [(row, text) for row, text in texts if text in page]
        for number, line in enumerate(page.splitlines() if sought else (), start=1):
            yield from ((path, Use(row, number, "")) for row, text in sought if text in line)


def _declared_at(project: ForeignProject, name: str) -> str:
    declared = project.requirements.get(normalized(name))
    return f"{declared.place}: {declared.requirement}" if declared else f"no requirement bounds {name}"


def fixes_of(row: Break) -> tuple[str, ...]:
    fixes = [f"pin {' '.join(row.pins)}"] if row.pins else []
    fixes += [f"build it with {' '.join(row.build)}"] if row.build else []
    fixes += [f"require {' '.join(row.newer)}"] if row.newer else []
    if not row.in_code and str(row.python).startswith((">=", "==")):
        older = str(row.python)[2:].removesuffix(".*")
        fixes.append("run it on Python 2.7" if older == "3.0" else f"run it on Python before {older}")
    fixes += [f"change the code: {row.change}" if row.in_code else row.change] if row.change else []
    return tuple(fixes)


def _unmaintained(project: ForeignProject, breaks: Breaks, found: Sequence[Finding]) -> Iterator[Finding]:
    for one in project.requirements.declared:
        known = breaks.unmaintained.get(one.name)
        if known and not any(finding.broken and finding.broken.is_about(one.name) for finding in found):
            what = f"{known.name} is unmaintained: its last release is {known.last}"
            yield Finding(Level.ADVICE, what, (one.place,), (f"use {known.instead}",))


def _unset(project: ForeignProject, environment: Iterable[str]) -> Iterator[Finding]:
    said = "\n".join(project.files.get(PurePosixPath(name), "") for name in (".env", ".flaskenv"))
    known = {*environment, *re.findall(r"^\s*(?:export\s+)?(\w+)\s*=", said, re.MULTILINE)}
    for one in project.variables:
        if one.required and one.name not in known:
            what = f"It needs the environment variable {one.name}"
            yield Finding(Level.ADVICE, what, (f"{one.path}:{one.line}",))


_SECRETS = {
    "PRIVATE KEY-----": ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "AKIA": ("a key of AWS", r"\bAKIA[0-9A-Z]{16}\b"),
    "ghp_": ("a token of GitHub", r"\bghp_[A-Za-z0-9]{36}\b"),
    "xox": ("a token of Slack", r"\bxox[baprs]-[A-Za-z0-9-]{10,}"),
    "_live_": ("a key of Stripe", r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    "AIza": ("a key of Google", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "SECRET_KEY": ("a secret key", r"""\bSECRET_KEY["']?\]?\s*[=:]\s*b?["'][^"'\s]{12,}["']"""),
    "://": ("a password in a URL", r"\b\w+(?:\+\w+)?://\w+:[^@\s:'\"/]{4,}@[\w.-]+"),
}
"""What each begins or ends with, which is quick to find; what it is; and all of it."""
_PLACEHOLDER = re.compile(
    r"(.)\1{7}|chang|secret[^_]|dev|test|your|example|guess|hard|pass|root|:user|postgres:postgres|not_set|[<{$%*]"
    r"|@localhost|@127\.|@db\b",
    re.IGNORECASE,
)


def _secrets(project: ForeignProject) -> Iterator[Finding]:
    ignored = project.files.get(PurePosixPath(".gitignore"), "").split()
    for path, text in project.files.items():
        if path.name in ignored or f"/{path}" in ignored or is_aside(path) or path.suffix in (".md", ".rst"):
            continue
        for sign, (what, pattern) in _SECRETS.items():
            for match in re.finditer(pattern, text) if sign in text else ():
                value = re.split(r"""["']""", match[0].rstrip("\"'"))[-1]
                if not _PLACEHOLDER.search(value):
                    place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
                    fix = "replace it, since others may have it, and read it from the environment"
                    yield Finding(Level.ADVICE, f"There is {what} in the project", (place,), (fix,))
