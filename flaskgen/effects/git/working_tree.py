"""What git knows of a project's files."""

from __future__ import annotations

import os
from pathlib import Path

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.lock import LOCK
from flaskgen.errors import CommandFailed

# A repository's own configuration may name a program to watch its files with.
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def is_clean(project: Path, *, session: Session) -> bool | None:
    """Return whether everything below the project is committed; None where git does not keep it."""
    command = ["git", *_HARMLESS, "-C", str(project), "status", "--porcelain", "--", "."]
    try:
        completed = session.run(
            command,
            environment=child_environment({"GIT_OPTIONAL_LOCKS": "0"}),
            check=False,
        )
    except CommandFailed:
        return None
    if completed.returncode != 0:
        return None
    # The lock is there while it is asked; what else is in .flaskgen beside the record ignores itself.
    return all(line.endswith(LOCK.as_posix()) for line in completed.stdout.splitlines())
