"""A set of files, as a value, and the paths that may stand in it."""

from __future__ import annotations

import re
import unicodedata
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
    r"\.(git|hg|svn|venv|flaskgen)|.*~\d+(\..*)?"
    r"|(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d\u00b9\u00b2\u00b3]) *(\..*)?",
    re.IGNORECASE,
)
"""Directories of other programs and of flaskgen, and of Windows short names such as GIT~1, and devices."""
_FROZEN = frozenset({"requirements.txt", "requirements-dev.txt", "uv.lock"})
_NOWHERE = re.compile(r'[\\:*?"<>|]')
_LONGEST_NAME = 255
"""Bytes."""


def folded(path: str) -> str:
    """Return what two paths have in common that some disks take for one: case and accents do not count."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


@cache
def landing_path(text: str, *, source: str) -> PurePosixPath:
    """Return the path a template lands on, or raise TemplateDefect if it would leave its place."""
    parts = text.split("/")
    for part in parts:
        # Windows drops blanks and dots at the end.
        shown = part.isprintable() and part == part.strip(" ") and not part.endswith(".")
        if not part or not shown or _FORBIDDEN.fullmatch(part) or _NOWHERE.search(part):
            raise TemplateDefect(f"{source}: a template cannot land on `{printable(text)}`")
        if len(part.encode()) > _LONGEST_NAME:
            raise TemplateDefect(f"{source}: `{printable(text)}` is too long a name for a file")
    if folded(text) in _FROZEN:
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
