"""When a foreign project was last worked on: by its repository, or by the dates of its files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from flaskgen.effects.git.repository import last_change
from flaskgen.effects.system.session import Session
from flaskgen.planning.foreign.era import Dates


def find_dates(
    project: Path, requirements: Iterable[PurePosixPath], files: Iterable[PurePosixPath], *, session: Session
) -> Dates:
    """Return when the requirements, the project and its files were last changed."""
    named = tuple(map(str, requirements))
    commit = last_change(project, ["."], session=session) or ""
    changed = last_change(project, named, session=session) if commit and named else ""
    newest = 0.0
    for path in files:
        with suppress(OSError):
            newest = max(newest, (project / path).stat().st_mtime)
    return Dates(changed or "", commit, time.strftime("%Y-%m-%d", time.gmtime(newest)) if newest else "")
