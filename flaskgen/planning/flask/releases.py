"""Which release of Flask a text such as ``latest``, ``3.1`` or ``3.1.3`` means."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from flaskgen.errors import IncompatibleVersions, InvalidVersion, UnknownVersion
from flaskgen.planning.flask.compatibility import FlaskLine
from flaskgen.reporting import printable

# Stricter than packaging's, which takes surrounding newlines, digits of any script, epochs and local labels.
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,4}((a|b|rc|\.post|\.dev)\d{1,9})?", re.ASCII)
_LINE_PARTS = 2
"""``3.1`` is a line, ``3.1.0`` a release."""


@dataclass(frozen=True)
class FlaskRelease:
    """One release of Flask, with the data of its line."""

    version: str
    line: FlaskLine
    """As it is for this release: exceptions are applied."""

    @property
    def tested(self) -> bool:
        """Whether it is the release that the line's lock holds."""
        return self.version == self.line.tested

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the choice."""
        notes = []
        if self.version in self.line.yanked:
            notes.append(f"Flask {self.version} was yanked: {self.line.yanked[self.version]}")
        if Version(self.version).is_prerelease:
            notes.append(f"Flask {self.version} is a pre-release")
        if self.version not in self.line.releases:
            notes.append(
                f"Flask {self.version} was not tested with this version of flaskgen,"
                f" which uses the bounds of {self.line.tested}"
            )
        return tuple(notes)


def choose_release(text: str, lines: Sequence[FlaskLine]) -> FlaskRelease:
    """Return the release that ``text`` means: exactly that, or the newest tested one of a line or of all.

    Raises InvalidVersion for what is not a version, UnknownVersion for a release that no line holds, and
    IncompatibleVersions for one that is older than all, or broken in itself.
    """
    newest_first = sorted(lines, key=lambda line: Version(line.name), reverse=True)
    if text == "latest":
        return FlaskRelease(newest_first[0].tested, newest_first[0])
    if not _VERSION.fullmatch(text):
        newest = newest_first[0]
        raise InvalidVersion(
            f"`{printable(text)}` is not a Flask version",
            hint=f"use a release such as {newest.tested}, a series such as {newest.name}, or latest",
        )
    if names_a_line(text):
        found = [line for line in newest_first if _is_in(line, text)]
        if found:
            return FlaskRelease(found[0].tested, found[0])
    wanted, oldest = Version(text), newest_first[-1]
    if wanted < Version(oldest.releases[0]):
        raise IncompatibleVersions(
            f"Flask {text} is older than any release that flaskgen supports",
            hint=f"the oldest: {', '.join(oldest.releases)}",
        )
    for line in newest_first:
        for release in line.releases:
            if Version(release) == wanted:
                return _known(release, line)
    raise UnknownVersion(f"flaskgen does not know Flask {text}", hint=nearest_hint(text, lines))


def recorded_release(version: str, lines: Sequence[FlaskLine]) -> FlaskRelease:
    """Return the release of exactly this version, which a project was made with: 1.0 is no line here.

    One that no line holds was found on the index then. Raises as ``choose_release`` does.
    """
    for line in lines:
        if version in line.releases:
            return _known(version, line)
    try:
        return choose_release(version, lines)
    except UnknownVersion:
        if names_a_line(version):
            raise
        return adopt_release(version, lines)


def names_a_line(text: str) -> bool:
    """Return whether a version is that of a line, such as ``3`` or ``3.1``, rather than of a release."""
    return bool(re.fullmatch(r"[\d.]+", text)) and text.count(".") < _LINE_PARTS


def adopt_release(version: str, lines: Sequence[FlaskLine], *, yanked: str | None = None) -> FlaskRelease:
    """Return a release that no line holds, with the data of its line or of the nearest older one.

    One of a newer line has the trait `untested`: what it deprecates may still be called.
    """
    older = [line for line in lines if Version(line.name) <= Version(version) or _is_in(line, version)]
    line = max(older, key=lambda line: Version(line.name))
    if not _is_in(line, version):
        line = replace(line, traits=line.traits | {"untested"})
    return FlaskRelease(version, replace(line, yanked={**line.yanked, version: yanked}) if yanked else line)


def nearest_hint(text: str, lines: Iterable[FlaskLine]) -> str:
    """Name the three releases nearest to a version that is not there; no yanked, broken or pre-release."""
    known = sorted(
        Version(release)
        for line in lines
        for release in line.releases
        if release not in line.yanked and release not in line.broken and not Version(release).is_prerelease
    )
    start = max(0, min(bisect_left(known, Version(text)) - 1, len(known) - 3))
    return f"the nearest: {', '.join(str(version) for version in known[start : start + 3])}"


def _known(release: str, line: FlaskLine) -> FlaskRelease:
    if release in line.broken:
        raise IncompatibleVersions(
            f"Flask {release} does not work with any version of its requirements ({line.broken[release]})",
            hint=f"--flask {line.tested} is the newest of that series",
        )
    return FlaskRelease(release, line.for_release(release))


def _is_in(line: FlaskLine, text: str) -> bool:
    """Return whether the line's name begins with ``text``, or ``text`` is a version of the line."""
    wanted, parts = Version(text).release, Version(line.name).release
    shared = min(len(wanted), len(parts))
    return wanted[:shared] == parts[:shared]
