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

_ASSIGNED = r"""^{}(?::[^=\n]*)? = ({})[ \t]*(?:#.*)?$"""
_TEXT = r"""['"]\w+['"]"""
_ID = re.compile(_ASSIGNED.format("revision", _TEXT), re.MULTILINE)
_DOWN = re.compile(_ASSIGNED.format("down_revision", rf"None|{_TEXT}|\((?:{_TEXT},? ?)+\)"), re.MULTILINE)


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
        if not revision.downs:  # Flask-Migrate goes as well, and the tables stay as they are
            again = f"{run} db stamp --purge head  # if you add migrate again: "
            steps += [f"{again}`{path}` has revision {revision.id}" for path in having]
        elif having:
            back = f"{run} db downgrade {revision.downs[0]}"
            raise CannotWrite(
                f"cannot undo `{log.title}`: its revision {revision.id} is applied to `{having[0]}`",
                hint=f"run `{back}` first; it deletes the data in what is new",
            )
        elif not databases:
            where = f"only in a database that has revision {revision.id}; what that added stays"
            before = revision.downs[0] if len(revision.downs) == 1 else "heads"
            steps.append(f"{run} db stamp --purge {before}  # {where}")
    return tuple(steps)


class _Revision(NamedTuple):
    """A file with a revision, in a directory of such files."""

    id: str
    downs: tuple[str, ...]
    """The revision before it, or those that it merges; of the first, none."""


def _read(content: bytes) -> _Revision | None:
    """Return the revision that the text of a file is; None for any other file."""
    text = content.decode("utf-8", "replace")
    own, down = _ID.search(text), _DOWN.search(text)
    if not own or not down:
        return None
    downs = () if down[1] == "None" else tuple(re.findall(r"\w+", down[1]))
    return _Revision(own[1].strip("'\""), downs)


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
