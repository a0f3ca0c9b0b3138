"""When a project was made, and the Pythons on which what it pins installs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import tomli
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from flaskgen.planning.flask.breaks import Break, Stops
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.foreign.requirements import Requirements

# https://devguide.python.org/versions/
_RELEASED = {
    "3.6": "2016-12-23",
    "3.7": "2018-06-27",
    "3.8": "2019-10-14",
    "3.9": "2020-10-05",
    "3.10": "2021-10-04",
    "3.11": "2022-10-24",
    "3.12": "2023-10-02",
    "3.13": "2024-10-07",
    "3.14": "2025-10-07",
}
_GAP = 2  # years
OF_FILES = "its newest file"
"""What dates a project without commits, or tells when it was copied."""


class Release(NamedTuple):
    """A release that a project pins, as the index has it."""

    name: str
    version: str
    uploaded: str
    """The day: ``2019-02-24``; empty if the index does not say."""
    wheels: tuple[str, ...]
    """The names of their files."""


def read_releases(pylock: str) -> tuple[Release, ...]:
    """Read what ``uv pip compile --format pylock.toml`` wrote; of several releases of a package the last."""
    found = (
        Release(
            package["name"],
            package.get("version", ""),
            min(
                (str(file["upload-time"])[:10] for file in _files(package) if "upload-time" in file),
                default="",
            ),
            tuple(file["url"].rpartition("/")[2] for file in package.get("wheels", []) if "url" in file),
        )
        for package in tomli.loads(pylock).get("packages", [])
    )
    return tuple({one.name: one for one in found}.values())


def _files(package: dict[str, list[dict[str, object]]]) -> Iterable[dict[str, object]]:
    sdist = package.get("sdist")
    return [*package.get("wheels", []), *([sdist] if isinstance(sdist, dict) else [])]


def date_project(
    requirements: Requirements, releases: Sequence[Release], changed: tuple[str, str]
) -> tuple[str, str]:
    """Return the day up to which packages are taken, and what says so; empty if nothing does.

    Pins were written after they were released. What is not pinned was the newest of when somebody last
    ``changed`` the project, and what, but not if those are files years after all pins; if all of it has upper
    bounds, there was nothing newer that it allows.
    """
    exact = {one.name for one in requirements.declared if one.version}
    days = {release.name: release.uploaded for release in releases if release.name in exact}
    pinned = max(_newest(days.values()), days.get("flask", ""))  # of which none was uploaded again
    day, what = changed
    copied = pinned and what == OF_FILES and _years(pinned, day) > _GAP
    if pinned and (pinned >= day or copied or len(exact) == len(requirements.declared)):
        return pinned, "the newest release that it pins"
    allowed = max((release.uploaded for release in releases), default="")
    if "" < allowed < day and all(one.bounded for one in requirements.declared):
        return allowed, "the newest release that it allows"
    return changed


def _newest(days: Iterable[str]) -> str:
    """Return the newest day, but for one years after all others: some old releases were uploaded again."""
    *_, before, newest = ["", "", *sorted(days)]
    return before if before and _years(before, newest) > _GAP else newest


def _years(before: str, after: str) -> int:
    return int(after[:4]) - int(before[:4])


def rank_interpreters(
    interpreters: Iterable[Interpreter],
    releases: Sequence[Release],
    *,
    until: str,
    requires: Sequence[str],
    asked: str | None,
    breaks: Iterable[Break],
    platforms: Collection[str],
) -> tuple[Interpreter, ...]:
    """Order interpreters by how well what is pinned works on them, the best first.

    First those that ``requires`` (specifiers) allows and for which nothing is known to break, then by how
    many pins lack a wheel that other Pythons have. Of equals it is that which is ``asked``, the newest that
    was out on the day ``until``, or the oldest that is newer. Each minor version counts once.
    """
    versions = {release.name: Version(release.version) for release in releases if release.version}
    known = [
        row
        for row in breaks
        if str(row.python) and row.when and not row.in_code and row.stops is not Stops.USE
    ]
    usual = sorted((one for one in interpreters if one.usual), key=lambda one: version_numbers(one.version))
    of_minor = {one.minor: one for one in usual}

    def rank(one: Interpreter) -> tuple[bool, int, bool, bool, tuple[int, ...]]:
        broken = any(row.affects(versions, Version(one.minor)) for row in known)
        refused = any(one.version not in SpecifierSet(specifier, prereleases=True) for specifier in requires)
        tags = _tags(one, platforms)
        lacking = sum(_lacks_wheel(release, tags) for release in releases)
        newer = bool(until) and _RELEASED.get(one.minor, "9") > until
        place = (
            version_numbers(one.version) if newer else tuple(-part for part in version_numbers(one.version))
        )
        return broken or refused, lacking, one.minor != ".".join((asked or "").split(".")[:2]), newer, place

    return tuple(sorted(of_minor.values(), key=rank))


def losing_wheels(
    releases: Iterable[Release], old: Interpreter, new: Interpreter, platforms: Collection[str]
) -> tuple[Release, ...]:
    """Return the releases that have a wheel for one interpreter, and are compiled on another."""
    had, has = _tags(old, platforms), _tags(new, platforms)
    return tuple(one for one in releases if _lacks_wheel(one, has) and not _lacks_wheel(one, had))


def of_its_time(until: str) -> str | None:
    """Return the newest Python that was out on a day, such as ``3.7``; None if it was before Python 3.6."""
    return next((minor for minor, day in reversed(_RELEASED.items()) if day <= until), None)


def _tags(interpreter: Interpreter, platforms: Collection[str]) -> frozenset[Tag]:
    version = version_numbers(interpreter.version)[:2]
    abi = f"cp{version[0]}{version[1]}" + ("m" if version < (3, 8) else "")
    return frozenset(
        (
            *cpython_tags(version, [abi], platforms),
            *compatible_tags(version, f"cp{version[0]}{version[1]}", platforms),
        )
    )


def _lacks_wheel(release: Release, tags: frozenset[Tag]) -> bool:
    """Return whether other Pythons or systems have a wheel: then it is to be compiled on this one."""
    found = []
    for name in release.wheels:
        try:
            found.append(parse_wheel_filename(name)[3])
        except InvalidWheelFilename:
            continue
    return bool(found) and not any(one & tags for one in found)
