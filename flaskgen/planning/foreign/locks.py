"""The locks of other tools."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import tomli
from packaging.requirements import InvalidRequirement

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.foreign.manifests import UNREADABLE, Content, Reader, pipfile_lock, python_marker
from flaskgen.planning.foreign.requirements import Declared, parse_line
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.uv_lock import Versions, agrees, installed_versions

_SELECTED = re.compile(r"['\"][^'\"]+['\"]\s+(?:not\s+)?in\s+(?:extras|dependency_groups)")
"""The part of a marker of pylock.toml (PEP 751) that says who needs a package."""


def _packages_of(table: str) -> Reader:
    """Read a lock that is a list of packages in TOML: poetry's, pdm's, uv's, and pylock.toml."""

    def read(text: str) -> Content:
        document = tomli.loads(text)
        packages = [
            package
            for package in document.get(table, [])
            if package.get("version") and not {"editable", "virtual", "directory"} & _source(package).keys()
        ]
        packages.sort(key=lambda package: version_numbers(package["version"]), reverse=True)
        packages.sort(key=lambda package: package["name"])  # of forks that allow a Python, the newest
        forked = Counter(package["name"] for package in packages)
        lines = [
            f"{package['name']}=={package['version']}{_marker(package, forked[package['name']] > 1)}"
            for package in packages
        ]
        python = (
            document.get("requires-python")
            or document.get("metadata", {}).get("requires_python")
            or document.get("metadata", {}).get("python-versions")
        )
        return Content(lines, python)

    return read


def _source(package: Mapping[str, Any]) -> Mapping[str, Any]:
    source = package.get("source", {})
    return source if isinstance(source, dict) and source.get("type") != "directory" else {"directory": source}


def _marker(package: Mapping[str, Any], forked: bool) -> str:
    """Return the marker of a package; of one that is locked in several versions, what tells them apart."""
    marker = package.get("marker") or package.get("markers")
    if isinstance(marker, str) and _SELECTED.search(marker):  # which no requirement may say
        others = _SELECTED.sub("", marker).strip("() andor")
        marker = _SELECTED.sub("python_version > '0'", marker) if others else ""
    if isinstance(marker, dict):  # by group
        marker = marker.get("main")
    if forked and not marker:
        marker = " or ".join(f"({one})" for one in package.get("resolution-markers", ()))
        marker = marker or python_marker(package.get("python-versions") or package.get("requires_python"))
    return f" ; {marker}" if marker else ""


LOCKS: Mapping[str, Reader] = {
    "Pipfile.lock": pipfile_lock,
    "poetry.lock": _packages_of("package"),
    "uv.lock": _packages_of("package"),
    "pdm.lock": _packages_of("package"),
    "pylock.toml": _packages_of("packages"),
}


def contradicts(lock: PurePosixPath, text: str, pins: Iterable[Pin]) -> bool:
    """Return whether a lock has only other versions of something that is pinned."""
    return not agrees(_locked_versions(lock, text), installed_versions(pins))


def _locked_versions(lock: PurePosixPath, text: str) -> Versions:
    """Return what a lock has; nothing of one that cannot be read."""
    found: dict[str, frozenset[str]] = {}
    with suppress(*UNREADABLE, InvalidRequirement):
        for one in (Declared(parse_line(line), lock) for line in LOCKS[lock.name](text).lines):
            if one.version:
                found[one.name] = found.get(one.name, frozenset()) | {one.version}
    return found
