"""The bounds of packages beyond which a release of Flask is known to break, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.ranges import VersionRange
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.planning.flask.breaks import Break, Breaks, Stops
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.pins import normalized


class KnownBound(NamedTuple):
    """A bound that every installation with a release of Flask has to keep to."""

    name: str
    bound: str
    """``<2.1`` or ``>=0.6.3``"""
    python: str
    """The Pythons on which it counts, such as ``>=3.10``; nothing for all."""
    reason: str

    def __str__(self) -> str:
        return f"{self.name}{self.bound}{_marker(self.python)}"


def known_bounds(
    release: FlaskRelease, extensions: Sequence[str], all_series: Sequence[FlaskSeries], breaks: Breaks
) -> list[KnownBound]:
    """Return the bounds for Flask, for what it needs, and for extensions, each with its reason.

    A break is a bound if nothing that can be installed with the release avoids it: what some versions of
    another package avoid is none.
    """
    bounds = _flask(release, breaks)
    ranges = {"flask": VersionRange.singleton(release.version)}
    for bound in _of_old_series(release, extensions, all_series):
        bounds.append(bound)
        ranges[normalized(bound.name)] = _range(bound.bound)
    for support in map(release.series.extensions.__getitem__, extensions):
        for text in support.required_with(release.series.conditions):
            ranges.setdefault(normalized(Requirement(text).name), VersionRange.full())
    waiting = list(ranges)
    while waiting:
        name = waiting.pop()
        for requirement in _brought(breaks, name, ranges[name]):
            brought = normalized(requirement.name)
            if brought not in ranges:
                ranges[brought] = requirement.specifier.to_range()
                waiting.append(brought)
    while new := next(_new_bounds(breaks, ranges, bounds), None):
        bounds.append(new)
        if not new.python:
            ranges[normalized(new.name)] &= _range(new.bound)
    strictest = [bound for bound in bounds if not any(_implies(other, bound) for other in bounds)]
    return sorted(strictest, key=lambda bound: (normalized(bound.name) != "flask", bound.name.lower()))


def _range(bound: str) -> VersionRange:
    return SpecifierSet(bound).to_range()


def _implies(one: KnownBound, other: KnownBound) -> bool:
    """Return whether a bound is stricter than another, so that the other says nothing."""
    same = (one.name, one.python) == (other.name, other.python) and one.bound != other.bound
    return same and _range(one.bound).is_subset(_range(other.bound))


def _flask(release: FlaskRelease, breaks: Breaks) -> list[KnownBound]:
    """Pin Flask; on a Python that the release does not work on, to the next that does."""
    for row in breaks.rows:
        if (
            len(row.when) == 1
            and row.is_about("flask")
            and not row.in_code
            and release.version in row.when[0].specifier
        ):
            python = str(row.python).removeprefix(">=")
            floor = next(one.version for one in row.when[0].specifier if one.operator == "<")
            major, minor = Version(floor).release[:2]
            return [
                KnownBound("Flask", f"=={release.version}", f"<{python}", "the release that you asked for"),
                KnownBound("Flask", f">={floor},<{major}.{minor + 1}", f">={python}", row.title),
            ]
    return [KnownBound("Flask", f"=={release.version}", "", "the release that you asked for")]


def _of_old_series(
    release: FlaskRelease, extensions: Sequence[str], all_series: Sequence[FlaskSeries]
) -> Iterator[KnownBound]:
    """Yield the ceilings of extensions below those of the newest series: newer releases failed."""
    newest = all_series[-1]
    for extension in extensions:
        if extension not in newest.extensions:
            continue
        then, now = _ceiling(release.series, extension), _ceiling(newest, extension)
        if then and now and then[0] == now[0] and then[1] < now[1]:
            reason = f"newer releases do not work with Flask {release.series.name}"
            yield KnownBound(then[0], f"<{then[1]}", "", reason)


def _ceiling(series: FlaskSeries, extension: str) -> tuple[str, Version] | None:
    """Return an extension's main distribution, and below which version it has to be."""
    requirement = Requirement(next(iter(series.extensions[extension].requirements), "none"))
    limits = (Version(one.version) for one in requirement.specifier if one.operator == "<")
    return next(((requirement.name, limit) for limit in limits), None)


def _brought(breaks: Breaks, name: str, known: VersionRange) -> tuple[Requirement, ...]:
    """Return what every version of a range brings."""
    for of, brought in breaks.brought:
        if normalized(of.name) == name and _is_within(known, of.specifier):
            return brought
    return ()


def _is_within(known: VersionRange | None, specifier: SpecifierSet) -> bool:
    """Return whether something is installed for certain, and no other version of it than these."""
    return known is not None and known.is_subset(specifier.to_range())


def _new_bounds(
    breaks: Breaks, ranges: Mapping[str, VersionRange], bounds: Sequence[KnownBound]
) -> Iterator[KnownBound]:
    for row in breaks.rows:
        if row.in_code or row.build:
            continue
        open_ones = [
            one for one in row.when if not _is_within(ranges.get(normalized(one.name)), one.specifier)
        ]
        # Flask itself is pinned: what it would have to be is no bound.
        if len(open_ones) != 1 or normalized(open_ones[0].name) not in ranges.keys() - {"flask"}:
            continue
        if (bound := _beyond(open_ones[0], ranges, row)) and str(bound) not in map(str, bounds):
            yield bound


def _beyond(requirement: Requirement, ranges: Mapping[str, VersionRange], row: Break) -> KnownBound | None:
    """Return the bound that keeps out of a requirement's versions; None if it is not one bound."""
    operators = {one.operator for one in requirement.specifier}
    if ">=" not in operators and row.stops is Stops.USE:
        return None  # what starts with an older version is not to be stopped
    known = ranges[normalized(requirement.name)]
    if known.is_disjoint(requirement.specifier.to_range()):
        return None
    beyond = [f"{_OPPOSITE[one.operator]}{one.version}" for one in requirement.specifier]
    left = [bound for bound in beyond if not known.is_disjoint(_range(bound))]
    return KnownBound(requirement.name, left[0], str(row.python), row.title) if len(left) == 1 else None


_OPPOSITE = {">=": "<", "<": ">="}


def _marker(python: str) -> str:
    if not python:
        return ""
    (one,) = SpecifierSet(python)
    return f"; python_version {one.operator} '{one.version.removesuffix('.*')}'"
