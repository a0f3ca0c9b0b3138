"""uv.lock: what the requirements files pin, for uv and for every platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import tomli

from flaskgen.planning.packages.pins import Pin, decode
from flaskgen.planning.packages.sources import PUBLIC_INDEX

LOCK_FILE = PurePosixPath("uv.lock")
Versions = Mapping[str, frozenset[str]]
"""The locked versions by normalised name: platforms and Pythons may need several."""


@lru_cache(maxsize=4)  # a run asks several times about the same few locks: 13 ms each for 130 KB
def read_versions(lock: bytes | None) -> Versions:
    """Return the versions of packages from an index; none of a file that is missing or not a uv.lock."""
    found: dict[str, frozenset[str]] = {}
    for package in _load(lock).get("package", ()):
        match package:
            case {"name": str(name), "version": str(version), "source": {"registry": _}}:
                found[name] = found.get(name, frozenset()) | {version}
    return found


def is_uv_project(pyproject: bytes | None) -> bool:
    """Return whether uv can lock the requirements of a pyproject.toml."""
    return "name" in _load(pyproject).get("project", ())


def agrees(locked: Versions, installed: Mapping[str, str]) -> bool:
    """Return whether a lock has the installed versions of the packages that it has."""
    return all(installed.get(name, one) in locked[name] for name in locked for one in locked[name])


def installed_versions(pins: Iterable[Pin]) -> dict[str, str]:
    """Return the versions that pins of an index give a platform like this one."""
    return {pin.name: pin.version for pin in pins if not (pin.reference or pin.marker)}


def format_preferences(pyproject: bytes, *versions: Mapping[str, str]) -> str:
    """Write a uv.lock of which uv keeps the versions that fit; those that come later overrule."""
    python = _load(pyproject).get("project", {}).get("requires-python", ">=3")
    wanted: dict[str, str] = {}
    for some in versions:
        wanted |= some
    head = f'version = 1\nrequires-python = "{python}"\n'
    source = f'source = {{ registry = "{PUBLIC_INDEX}" }}'  # which uv does not take from here
    return head + "".join(
        f'\n[[package]]\nname = "{name}"\nversion = "{version}"\n{source}\n'
        for name, version in sorted(wanted.items())
    )


def _load(content: bytes | None) -> Mapping[str, Any]:
    try:
        return tomli.loads(decode(content or b""))
    except (tomli.TOMLDecodeError, RecursionError):
        return {}
