"""Move the versions in requirements files and constraints to those of an upgrade, in their own layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from flaskgen.planning.foreign.attempts import versions_of
from flaskgen.planning.foreign.requirements import markers_of
from flaskgen.planning.packages.pins import Pin, normalized

_SPACE = r"(?:\s|\\\r?\n)*"
_REQUIRED = re.compile(
    rf"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>{_SPACE}(?:\[[^]]*\])?)"
    rf"(?P<bounds>{_SPACE}\(?{_SPACE}[=<>!~](?:[^;#\\]|\\\r?\n)*)(?P<rest>.*)",
    re.DOTALL,
)
_CONTINUED = re.compile(r"(?:[^\n]*\\\r?\n)*(?:[^\n]*\n|[^\n]+\Z)")
_LAYOUT = re.compile(r"\\\r?\n|[\s()]")
_BOUND = re.compile(r"(?P<operator>===|==|~=|!=|<=|>=|<|>)(?P<space>\s*)(?P<version>[^\s,;#\\()]+)")
_NO_MARKER = (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName)


def repin(text: str, pins: Iterable[Pin], python: Version) -> str:
    """Return a requirements file with pins and bounds that allow these versions on a Python.

    What allows them already stays, and so does what another Python requires.
    """
    versions = versions_of(pins)
    return "".join(_repinned(line, versions, python) for line in _CONTINUED.findall(text))


def still_excluding(text: str, pins: Iterable[Pin], python: Version) -> Iterator[tuple[int, str]]:
    """Yield the lines that allow a version of these no more, with their numbers."""
    versions = versions_of(pins)
    for line in _CONTINUED.finditer(text):
        found, version = _read(line[0], versions, python)
        if found and version and not _allows(_LAYOUT.sub("", found["bounds"]), version):
            yield text.count("\n", 0, line.start()) + 1, re.sub(r"\\\r?\n\s*", "", line[0]).strip()


def _read(
    line: str, versions: Mapping[str, Version], python: Version
) -> tuple[re.Match[str] | None, Version | None]:
    """Return a line and the version that it should allow; None for what is not for this Python."""
    found = _REQUIRED.fullmatch(line)
    if found is None:
        return None, None
    marker = found["rest"].partition(";")[2].partition("#")[0].strip()
    with suppress(*_NO_MARKER):
        if marker and not Marker(marker).evaluate(markers_of(python)):
            return None, None
    return found, versions.get(normalized(found["name"]))


def _repinned(line: str, versions: Mapping[str, Version], python: Version) -> str:
    found, version = _read(line, versions, python)
    if found is None or version is None:
        return line
    bounds = _BOUND.sub(lambda bound: _moved(bound, version), found["bounds"])
    return found["name"] + found["extras"] + bounds + found["rest"]


def _moved(bound: re.Match[str], version: Version) -> str:
    """Return a bound, or if it excludes a version, one of the same kind that does not."""
    operator, written = bound["operator"], bound["version"]
    numbers = [int(part) for part in re.findall(r"\d+", written.partition("!")[2] or written)]
    if operator == "!=" or _allows(operator + written, version) or not numbers:
        return bound[0]
    parts = [str(part) for part in (*version.release, 0, 0)[: len(numbers)]]
    match operator:
        case "==" if written.endswith(".*"):
            written = ".".join([*parts, "*"])
        case "~=":
            written = ".".join(parts)
        case "<":
            written = _above(numbers, version)
        case ">":
            operator, written = ">=", str(version)
        case _:
            written = str(version)
    return f"{operator}{bound['space']}{written}"


def _above(numbers: list[int], version: Version) -> str:
    """Return the bound above a version that is as exact as another: 4 for 2, 4.0 for 2.0, and 3.2 for 2.3."""
    exact = max((place for place, number in enumerate(numbers, start=1) if number), default=1)
    release = [*version.release, *[0] * len(numbers)][:exact]
    release[-1] += 1
    return ".".join(map(str, [*release, *[0] * (len(numbers) - exact)]))


def _allows(specifier: str, version: Version) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True
