"""The revisions that a change wrote, before it is undone: databases can have them, others build on them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.effects.transaction.log import Log
from flaskgen.errors import CannotWrite

_ASSIGNED = r"""^{}(?::[^=\n]*)? = (?:['"](\w+)['"]|None)[ \t]*(?:#.*)?$"""
_ID, _DOWN = (re.compile(_ASSIGNED.format(name), re.MULTILINE) for name in ("revision", "down_revision"))


def check_revisions(project: Path, log: Log, seen: Mapping[PurePosixPath, bytes]) -> tuple[str, ...]:
    """Return what to do about databases that have or may have a revision which the change wrote.

    Raises CannotWrite if others build on it, or if a database has it: only the revision can take it back.
    """
    run = "python manage.py" if (project / "manage.py").exists() else "flask"
    steps: list[str] = []
    for path in (PurePosixPath(file.path) for file in log.files if file.before is None):
        revision = _read(seen[path]) if path in seen and path.suffix == ".py" else None
        if revision is None:
            continue
        for other in _built_on(revision, (project / path).parent):
            raise CannotWrite(
                f"cannot undo `{log.title}`: `{other.name}` builds on its revision {revision.id}",
                hint=f"take that one back with `{run} db downgrade {revision.id}`, and remove the file",
            )
        databases = _databases(project)
        having = [path.relative_to(project) for path, heads in databases.items() if revision.id in heads]
        if revision.down == "base":  # Flask-Migrate goes as well, and the tables stay as they are
            again = f"{run} db stamp --purge head  # if you add migrate again: "
            steps += [f"{again}`{path}` has revision {revision.id}" for path in having]
        elif having:
            raise CannotWrite(
                f"cannot undo `{log.title}`: its revision {revision.id} is applied to `{having[0]}`",
                hint=f"run `{run} db downgrade {revision.down}` first; it deletes the data in what is new",
            )
        elif not databases:
            where = f"only in a database that has revision {revision.id}; what that added stays"
            steps.append(f"{run} db stamp --purge {revision.down}  # {where}")
    return tuple(steps)


class _Revision(NamedTuple):
    """A file with a revision, in a directory of such files."""

    id: str
    down: str
    """The revision before it: ``base`` of the first."""


def _read(content: bytes) -> _Revision | None:
    """Return the revision that the text of a file is; None for any other file, and for a merge of several."""
    text = content.decode("utf-8", "replace")
    own, down = _ID.search(text), _DOWN.search(text)
    return _Revision(own[1], down[1] or "base") if own and own[1] and down else None


def _built_on(revision: _Revision, directory: Path) -> list[Path]:
    """Return the files in a directory whose revisions build on this one."""
    mentions = re.compile(rf"""^down_revision\b.*['"]{revision.id}['"]""", re.MULTILINE)
    return [
        path
        for path in sorted(directory.glob("*.py"))
        if mentions.search(path.read_text(encoding="utf-8", errors="replace"))
    ]


def _databases(project: Path) -> dict[Path, frozenset[str]]:
    """Return the SQLite files of the instance directory that revisions were applied to, and their heads."""
    found = {path: _heads(path) for path in sorted(project.glob("instance/*")) if path.is_file()}
    return {path: heads for path, heads in found.items() if heads is not None}


def _heads(path: Path) -> frozenset[str] | None:
    """Return the newest revisions of a database; None for a file that is none, or that has no revisions."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return frozenset(
                name for (name,) in connection.execute("SELECT version_num FROM alembic_version")
            )
    except sqlite3.Error:
        return None
