"""Describe the release series of Flask, and write their bounds as a pip constraints file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from flaskgen import __version__
from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.system.session import Session
from flaskgen.errors import IncompatibleVersions
from flaskgen.planning.flask.compatibility import CoreBound, ExtensionSupport, FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.pythons import check_python, check_python_form
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.packages.direct_requirements import requirements_for
from flaskgen.planning.templates.selection import parse_request, select_for_series


class VersionFacts(NamedTuple):
    """A release of Flask with the data of its series, and the interpreters here that it works on."""

    release: FlaskRelease
    extensions: dict[str, ExtensionSupport]
    """What each extension of the catalogue requires there."""
    installed: tuple[Interpreter, ...]
    """The newest first."""

    @property
    def series(self) -> FlaskSeries:
        return self.release.series

    @property
    def ceilings(self) -> tuple[str, ...]:
        """Upper bounds beyond which it is known to fail."""
        return tuple(bound.ceiling for bound in self.series.core if bound.fails_beyond)

    def as_dict(self) -> dict[str, Any]:
        series = self.series
        return {
            "series": series.name,
            "release": self.release.version,
            "newest": series.tested,
            "releases": list(series.releases),
            "broken": dict(series.broken),
            "yanked": dict(series.yanked),
            "supported": series.upstream.supported,
            "upstream": series.upstream.note,
            "python": {
                "minimum": series.pythons.minimum.version,
                "minimum_reason": series.pythons.minimum.reason,
                "maximum": series.pythons.maximum.version,
                "maximum_reason": series.pythons.maximum.reason,
                "newer_tried": series.pythons.newer_tried,
            },
            "installed": [{"version": one.version, "path": str(one.path)} for one in self.installed],
            "needs": [_bound_as_dict(bound) for bound in series.core],
            "extensions": {
                name: {
                    "requirements": list(support.requirements),
                    "with": support.beside_as_dict(),
                    "unsupported": support.unsupported,
                    "replaced": support.replaced,
                }
                for name, support in self.extensions.items()
            },
            "exceptions": [
                {
                    "releases": sorted(exception.releases),
                    "python_maximum": exception.maximum and exception.maximum.version,
                    "needs": [_bound_as_dict(bound) for bound in exception.core],
                }
                for exception in series.exceptions
            ],
        }


def describe_series() -> list[VersionFacts]:
    """Describe the newest release of every series, the newest series first."""
    interpreters = find_interpreters(Session())
    return [
        _describe(FlaskRelease(series.tested, series), interpreters) for series in reversed(load_series())
    ]


def describe_version(text: str) -> VersionFacts:
    """Describe the release that a release, a series or `latest` means.

    Raises InvalidVersion, UnknownVersion or IncompatibleVersions.
    """
    return _describe(choose_release(text, load_series()), find_interpreters(Session()))


def _describe(release: FlaskRelease, interpreters: tuple[Interpreter, ...]) -> VersionFacts:
    able = [found for found in interpreters if _works(release, found)]
    newest_first = sorted(able, key=lambda found: version_numbers(found.version), reverse=True)
    extensions = {name: release.series.extensions[name] for name in load_catalogue().extensions}
    return VersionFacts(release, extensions, tuple(newest_first))


def _works(release: FlaskRelease, interpreter: Interpreter) -> bool:
    try:
        check_python(release, interpreter.version)
    except IncompatibleVersions:
        return False
    return True


def _bound_as_dict(bound: CoreBound) -> dict[str, Any]:
    return {**bound._asdict(), "older_pythons": bound.older_pythons and bound.older_pythons._asdict()}


class Constraint(NamedTuple):
    """A line of a constraints file, and why it is there."""

    requirement: str
    """Empty for a remark."""
    reason: str

    def __str__(self) -> str:
        return "\n".join([*([f"# {self.reason}"] if self.reason else []), *filter(None, [self.requirement])])


class ConstraintsFile(NamedTuple):
    release: FlaskRelease
    constraints: tuple[Constraint, ...]

    def __str__(self) -> str:
        return "".join(f"{one}\n" for one in self.constraints)


# pip refuses a constraint with extras.
_EXTRAS = re.compile(r"\[[^]]*\]")


def constraints(
    version: str,
    *,
    extensions: Sequence[str] = (),
    directories: Sequence[Path] = (),
    python: str | None = None,
    tested: bool = False,
) -> ConstraintsFile:
    """Return the file for a release, a series or `latest`, with lists of extensions as they were typed.

    It has what is known to break, and with ``tested`` also keeps to what was tested. The extensions of
    others are in ``directories`` and in installed packages.

    Raises InvalidVersion, UnknownVersion, UnknownExtension, or IncompatibleVersions if the extensions, or
    ``python``, do not work with it.
    """
    all_series = load_series()
    catalogue = load_catalogue(directories, extensions)
    release = catalogue.on(choose_release(version, all_series))
    if python is not None:
        check_python_form(python)
        check_python(release, python, installed=partial(find_interpreters, Session()))
        release = release.on_python(python)
    request = parse_request(extensions, None, catalogue)
    names = select_for_series(request, release.series, catalogue).extensions
    written = _tested(release, names) if tested else _known(release, names, all_series)
    heading = (Constraint("", line) for line in _heading(release, tested=tested))
    return ConstraintsFile(release, (*heading, *written))


def _heading(release: FlaskRelease, *, tested: bool) -> Iterator[str]:
    pythons = release.series.pythons
    what = "Versions that were tested" if tested else "What is known to break"
    yield f"{what} with Flask {release.version}, from flaskgen {__version__}."
    yield f"Tested on Python {pythons.minimum.version} to {pythons.maximum.version}."
    if not pythons.minimum.of_project:
        yield f"It does not work on older versions: {pythons.minimum.reason}."
    if not pythons.newer_tried:
        yield f"It does not work on newer versions: {pythons.maximum.reason}."
    for note in release.notes:
        yield f"{note}."


def _known(
    release: FlaskRelease, extensions: Sequence[str], all_series: Sequence[FlaskSeries]
) -> Iterator[Constraint]:
    from flaskgen.planning.packages.known_bounds import known_bounds

    bounds = known_bounds(release, extensions, all_series, load_breaks())
    for bound in bounds:
        yield Constraint(str(bound), bound.reason)
    for core in release.series.core:
        if core.fails_beyond and core.ceiling not in map(str, bounds):
            yield Constraint("", f"Its tests may need {core.ceiling}: {core.reason}")


def _tested(release: FlaskRelease, extensions: Sequence[str]) -> Iterator[Constraint]:
    yield Constraint(f"Flask=={release.version}", "")
    for bound in release.series.core:
        marker = ""
        if older := bound.older_pythons:
            marker = f"; python_version >= '{older.below}'"
            yield Constraint(f"{bound.name}{older.bounds}; python_version < '{older.below}'", older.reason)
        yield Constraint(bound.requirement + marker, bound.reason)
    printed = set(requirements_for(release, []).runtime)
    for name in extensions:
        for requirement in requirements_for(release, [name], traits=release.series.conditions).runtime:
            if requirement not in printed:
                printed.add(requirement)
                reason = f"{name}: the releases that work with Flask {release.version}"
                yield Constraint(_EXTRAS.sub("", requirement), reason)
