"""Which release of Flask a text such as ``latest``, ``3.1`` or ``3.1.3`` means."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import Version

from flaskgen.errors import InvalidVersion, UnknownVersion
from flaskgen.planning.compatibility import FlaskLine

# Stricter than packaging's, which takes surrounding newlines, digits of any script, epochs and local labels.
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,4}((a|b|rc|\.post|\.dev)\d{1,9})?", re.ASCII)
_LINE_PARTS = 2
"""``3.1`` is a line, ``3.1.0`` a release."""


@dataclass(frozen=True)
class FlaskRelease:
    """One release of Flask, with the data of its line."""

    version: str
    line: FlaskLine

    @property
    def tested(self) -> bool:
        """Whether it is the release that the line's lock holds."""
        return self.version == self.line.tested

    @property
    def yanked(self) -> str | None:
        """Why its authors withdrew it, if they did."""
        return self.line.yanked.get(self.version)


def choose_release(text: str, lines: Sequence[FlaskLine]) -> FlaskRelease:
    """Give the release that ``text`` means: a release exactly, or the newest tested one of a line or of all.

    Raises InvalidVersion for what is not a version, and UnknownVersion for a release that no line holds.
    """
    newest_first = sorted(lines, key=lambda line: Version(line.name), reverse=True)
    if text == "latest":
        return FlaskRelease(newest_first[0].tested, newest_first[0])
    if not _VERSION.fullmatch(text):
        raise InvalidVersion(f"`{_shown(text)}` is not a version of Flask", hint=_form_hint(newest_first[0]))
    if re.fullmatch(r"[\d.]+", text) and text.count(".") < _LINE_PARTS:
        found = [line for line in newest_first if _is_in(line, text)]
        if found:
            return FlaskRelease(found[0].tested, found[0])
    wanted = Version(text)
    for line in newest_first:
        for release in line.releases:
            if Version(release) == wanted:
                return FlaskRelease(release, line)
    raise UnknownVersion(f"there is no Flask {text} that flaskgen knows", hint=_nearest_hint(wanted, lines))


def _is_in(line: FlaskLine, prefix: str) -> bool:
    parts = [int(part) for part in prefix.split(".")]
    return [int(part) for part in line.name.split(".")][: len(parts)] == parts


def _nearest_hint(wanted: Version, lines: Sequence[FlaskLine]) -> str:
    known = sorted(
        Version(release) for line in lines for release in line.releases if release not in line.yanked
    )
    start = max(0, min(bisect_left(known, wanted) - 1, len(known) - 3))
    return f"the nearest that it knows: {', '.join(str(version) for version in known[start : start + 3])}"


def _form_hint(newest: FlaskLine) -> str:
    return f"give a release such as {newest.tested}, a line such as {newest.name}, or latest"


def _shown(text: str) -> str:
    visible = text if text.isprintable() else ascii(text)[1:-1]
    return visible if len(visible) <= 60 else f"{visible[:57]}..."
