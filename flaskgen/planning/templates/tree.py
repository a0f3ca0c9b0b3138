"""A set of files, as a value, and the paths that may stand in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath

from flaskgen.errors import TemplateDefect
from flaskgen.reporting import printable

Content = str | bytes
Tree = Mapping[PurePosixPath, Content]
"""Content by path from the project's directory; text is str, anything else bytes."""
Files = Mapping[PurePosixPath, bytes]
"""The same as it is on the disk."""

_FORBIDDEN = re.compile(
    r"\.(git|hg|svn|venv|flaskgen)|git~\d+|(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE
)
"""Directories of other programs and of flaskgen, also by their short names, and devices of Windows."""
_FROZEN = frozenset({"requirements.txt", "requirements-dev.txt", "uv.lock"})
_NOWHERE = re.compile(r'[\\:*?"<>|]')


@cache
def landing_path(text: str, *, source: str) -> PurePosixPath:
    """Return the path a template lands on, or raise TemplateDefect if it would leave its place."""
    parts = text.split("/")
    for part in parts:
        # Windows drops blanks and dots at the end.
        shown = part.isprintable() and part == part.strip(" ") and not part.endswith(".")
        if not part or not shown or _FORBIDDEN.fullmatch(part) or _NOWHERE.search(part):
            raise TemplateDefect(f"{source}: a template cannot land on `{printable(text)}`")
    if text.lower() in _FROZEN:
        raise TemplateDefect(f"{source}: a template cannot land on `{text}`, which has the pinned versions")
    return PurePosixPath(text)


def encode(content: Content) -> bytes:
    """Return the bytes that are written to disk."""
    return content.encode() if isinstance(content, str) else content


def without(tree: Tree, paths: frozenset[PurePosixPath]) -> Tree:
    """Return the files of a tree that are not at these paths."""
    return {path: content for path, content in tree.items() if path not in paths}


def only(tree: Tree, paths: frozenset[PurePosixPath]) -> Tree:
    """Return the files of a tree that are at these paths."""
    return {path: content for path, content in tree.items() if path in paths}


def differ(one: Tree, other: Tree) -> bool:
    """Return whether two trees are not the same on the disk."""
    first, second = ({path: encode(content) for path, content in tree.items()} for tree in (one, other))
    return first != second
