"""The revisions of a project's tables, and the databases that have them, as far as files tell."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

_ASSIGNED = r"""^{}(?::[^=\n]*)? = (?:['"](\w+)['"]|None)[ \t]*(?:#.*)?$"""
_ID, _DOWN = (re.compile(_ASSIGNED.format(name), re.MULTILINE) for name in ("revision", "down_revision"))


class RevisionFile(NamedTuple):
    """A file with a revision, in a directory of such files."""

    id: str
    down: str
    """The revision before it: ``base`` of the first."""


def read_revision(content: bytes) -> RevisionFile | None:
    """Return the revision that the text of a file is; None for any other file, and for a merge of several."""
    text = content.decode("utf-8", "replace")
    own, down = _ID.search(text), _DOWN.search(text)
    return RevisionFile(own[1], down[1] or "base") if own and own[1] and down else None


def revisions_after(revision: RevisionFile, directory: Path) -> list[Path]:
    """Return the files in a directory whose revisions build on this one."""
    mentions = re.compile(rf"""^down_revision\b.*['"]{revision.id}['"]""", re.MULTILINE)
    return [
        path
        for path in sorted(directory.glob("*.py"))
        if mentions.search(path.read_text(encoding="utf-8", errors="replace"))
    ]


def migrated_databases(project: Path) -> dict[Path, frozenset[str]]:
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
