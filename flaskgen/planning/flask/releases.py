"""Which release of Flask a text such as ``latest``, ``3.1`` or ``3.1.3`` means."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from packaging.version import Version

from flaskgen.errors import Fix, IncompatibleVersions, InvalidVersion, UnknownVersion
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import begins_alike
from flaskgen.reporting import printable

# Stricter than packaging's, which takes surrounding newlines, digits of any script, epochs and local labels.
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,4}((a|b|rc|\.post|\.dev)\d{1,9})?", re.ASCII)


class FlaskRelease(NamedTuple):
    """One release of Flask, with the data of its series."""

    version: str
    series: FlaskSeries
    """As it is for this release: exceptions are applied."""

    def on_python(self, python: str) -> FlaskRelease:
        """Return the release without the extensions that need a newer Python, as ``for_python`` does."""
        return self._replace(series=self.series.for_python(python))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the choice."""
        notes = []
        if self.version in self.series.yanked:
            notes.append(f"Flask {self.version} was yanked: {self.series.yanked[self.version]}")
        if Version(self.version).is_prerelease:
            notes.append(f"Flask {self.version} is a pre-release")
        if self.version not in self.series.releases:
            notes.append(
                f"Flask {self.version} was not tested with this version of flaskgen,"
                f" which uses the bounds of {self.series.tested}"
            )
        return tuple(notes)


def choose_release(text: str, all_series: Sequence[FlaskSeries]) -> FlaskRelease:
    """Return the release that ``text`` means: exactly that, or the newest tested one of a series or of all.

    The series are sorted, oldest first. Raises InvalidVersion for what is not a version, UnknownVersion for
    a release that no series holds, and IncompatibleVersions for one that is older than all, or broken in
    itself.
    """
    newest = all_series[-1]
    if text == "latest":
        return FlaskRelease(newest.tested, newest)
    if not _VERSION.fullmatch(text):
        raise InvalidVersion(
            f"`{printable(text)}` is not a Flask version",
            hint=f"use a release such as {newest.tested}, a series such as {newest.name}, or latest",
        )
    if names_a_series(text):
        found = next((series for series in reversed(all_series) if _is_in(series, text)), None)
        if found:
            return FlaskRelease(found.tested, found)
    wanted, oldest = Version(text), all_series[0]
    if wanted < Version(oldest.releases[0]):
        raise IncompatibleVersions(
            f"Flask {text} is older than any release that flaskgen supports",
            hint=f"the oldest: {', '.join(oldest.releases)}",
            fix=Fix(text, oldest.tested),
        )
    for series in reversed(all_series):
        for release in series.releases:
            if Version(release) == wanted:
                return _known(release, series)
    raise no_such_release(f"flaskgen does not know Flask {text}", text, all_series)


def recorded_release(version: str, all_series: Sequence[FlaskSeries]) -> FlaskRelease:
    """Return the release of exactly this version, which a project was made with: 1.0 is no series here.

    One that no series holds was found on the index then. Raises as ``choose_release`` does.
    """
    for series in reversed(all_series):
        if version in series.releases:
            return _known(version, series)
    try:
        return choose_release(version, all_series)
    except UnknownVersion:
        if names_a_series(version):
            raise
        return adopt_release(version, all_series)


def names_a_series(text: str) -> bool:
    """Return whether a version is that of a series, such as ``3`` or ``3.1``, rather than of a release."""
    return bool(re.fullmatch(r"[\d.]+", text)) and text.count(".") < 2


def adopt_release(
    version: str, all_series: Sequence[FlaskSeries], *, yanked: str | None = None
) -> FlaskRelease:
    """Return a release that no series holds, with the data of its series or of the nearest older one.

    One of a newer series has the trait `untested`: what it deprecates may still be called.
    """
    older = [
        series for series in all_series if Version(series.name) <= Version(version) or _is_in(series, version)
    ]
    series = max(older, key=lambda series: Version(series.name))
    if not _is_in(series, version):
        series = series._replace(traits=series.traits | {"untested"})
    return FlaskRelease(
        version, series._replace(yanked={**series.yanked, version: yanked}) if yanked else series
    )


def no_such_release(message: str, text: str, all_series: Iterable[FlaskSeries]) -> UnknownVersion:
    """Return the error for a version that is not there, with the three nearest releases that can be used."""
    known = sorted(
        Version(release)
        for series in all_series
        for release in series.releases
        if release not in series.yanked
        and release not in series.broken
        and not Version(release).is_prerelease
    )
    place = bisect_left(known, Version(text))
    start = max(0, min(place - 1, len(known) - 3))
    nearest = ", ".join(map(str, known[start : start + 3]))
    return UnknownVersion(
        message, hint=f"the nearest: {nearest}", fix=Fix(text, str(known[max(place - 1, 0)]))
    )


def _known(release: str, series: FlaskSeries) -> FlaskRelease:
    if release in series.broken:
        raise IncompatibleVersions(
            f"Flask {release} does not work with any version of its requirements ({series.broken[release]})",
            hint=f"use {series.tested}, the newest of that series",
            fix=Fix(release, series.tested),
        )
    return FlaskRelease(release, series.for_release(release))


def _is_in(series: FlaskSeries, text: str) -> bool:
    """Return whether the series' name begins with ``text``, or ``text`` is a version of the series."""
    return begins_alike(Version(text).release, Version(series.name).release)
