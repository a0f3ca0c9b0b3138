"""The locks of other tools, after the versions of a project have changed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import PurePosixPath

from flaskgen.planning.foreign.declared import locked_versions
from flaskgen.planning.foreign.rescued import REQUIREMENTS
from flaskgen.planning.packages.direct_requirements import read_roots
from flaskgen.planning.packages.pins import Pin, normalized
from flaskgen.planning.packages.uv_lock import agrees, installed_versions

LOCK_AGAIN = {
    "uv.lock": f"uv add -r {REQUIREMENTS}",
    "poetry.lock": f"grep -v '^#' {REQUIREMENTS} | xargs poetry add",
    "Pipfile.lock": f"pipenv install -r {REQUIREMENTS}",
    "pdm.lock": f"pdm import -f requirements {REQUIREMENTS} && pdm lock",
    "pylock.toml": f"uv pip compile {REQUIREMENTS} -o pylock.toml",
}
"""The commands that take the versions of requirements.rescued.txt and lock them."""


def contradicts(lock: PurePosixPath, text: str, pins: Iterable[Pin]) -> bool:
    """Return whether a lock has only other versions of something that is pinned."""
    return not agrees(locked_versions(lock, text), installed_versions(pins))


def pinned_anew(pyproject: str, pins: Iterable[Pin]) -> list[str]:
    """Return the requirements of a pyproject.toml that have to change: pins, and what excludes its version.

    None do if uv cannot know the others without running code of the project. Raises BrokenRecord.
    """
    roots = read_roots(pyproject)
    if "dynamic" in tomllib.loads(pyproject).get("project", {}):
        return []
    versions = {pin.name: pin.version for pin in pins if pin.version}
    found = [(one, versions.get(normalized(one.name))) for one in roots.direct if not one.marker]
    return [
        f"{one.name}=={version}"
        for one, version in found
        if version
        and (
            normalized(one.name) == "flask"
            or "==" in str(one.specifier)
            or not one.specifier.contains(version, prereleases=True)
        )
    ]
