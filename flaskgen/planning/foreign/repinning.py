"""Move the versions in requirements files and constraints to those of an upgrade, in their own layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from flaskgen.planning.foreign.candidate import versions_of
from flaskgen.planning.foreign.requirement_lines import parse_line, read_lines
from flaskgen.planning.foreign.requirements import markers_of
from flaskgen.planning.packages.pins import Pin, normalized, split_lines

_SPECIFIER = re.compile(r"(?:[^;#\s]|\s(?!--))*")
"""A line up to its marker, its comment or its options."""
_BOUND = re.compile(r"(?P<operator>===|==|~=|!=|<=|>=|<|>)(?P<space>\s*)(?P<version>[^\s,;#\\()]+)")


def repin(text: str, pins: Iterable[Pin], python: Version) -> str:
    """Return a requirements file with pins and bounds that allow these versions on a Python.

    What allows them already stays, and so does what another Python requires.
    """
    versions = versions_of(pins)
    return "".join(_repinned(line, versions, python) for line in split_lines(text))


def still_excluding(text: str, pins: Iterable[Pin], python: Version) -> Iterator[tuple[int, str]]:
    """Yield the lines that allow a version of these no more, with their numbers."""
    versions = versions_of(pins)
    for line in read_lines(text):
        if _excluded(line.requirement, versions, python):
            yield line.number, line.text


def _excluded(requirement: str, versions: Mapping[str, Version], python: Version) -> Version | None:
    """Return the version that a requirement should allow on this Python, if it does not."""
    try:
        required = parse_line(requirement)
    except InvalidRequirement:
        return None
    version, marker = versions.get(normalized(required.name)), required.marker
    if version is None or (marker and not marker.evaluate(markers_of(python))):
        return None
    return None if required.specifier.contains(version, prereleases=True) else version


def _repinned(written: str, versions: Mapping[str, Version], python: Version) -> str:
    """Return a line with other bounds, or as it is if none of them helps."""
    required = next((line.requirement for line in read_lines(written)), "")
    version = _excluded(required, versions, python)
    if version is None:
        return written
    moved = _SPECIFIER.sub(
        lambda found: _BOUND.sub(lambda bound: _moved(bound, version), found[0]), written, 1
    )
    (line,) = read_lines(moved)
    return written if _excluded(line.requirement, versions, python) else moved


def _moved(bound: re.Match[str], version: Version) -> str:
    """Return a bound, or if it excludes a version, one of the same kind that does not."""
    operator, written = bound["operator"], bound["version"]
    if operator == "!=" or _allows(operator + written, version):
        return bound[0]
    parts = [str(part) for part in (*version.release, 0, 0)[: written.count(".") + 1]]
    match operator:
        case "==" if written.endswith(".*"):
            written = ".".join([*parts[:-1], "*"])
        case "~=":
            written = ".".join(parts)
        case "<":
            written = str(version.major + 1)
        case "==" | "===":
            written = str(version)
        case ">":
            operator, written = ">=", version.public
        case _:
            written = version.public
    return f"{operator}{bound['space']}{written}"


def _allows(specifier: str, version: Version) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:  # of a version that the next line continues
        return True
