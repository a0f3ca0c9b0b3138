"""The locks of other tools, after the versions of a project have changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from flaskgen.planning.foreign.declared import locked_versions
from flaskgen.planning.foreign.rescued import REQUIREMENTS
from flaskgen.planning.packages.pins import Pin
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
