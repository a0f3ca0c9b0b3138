"""A set of files, as a value, and the paths that may stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from flaskgen.errors import TemplateDefect

Content = str | bytes
Tree = Mapping[PurePosixPath, Content]
"""Content by path from the project's directory; text is str, anything else bytes."""

_FORBIDDEN_TOPS = frozenset({".git", ".venv", ".flaskgen"})


def landing_path(text: str, *, source: str) -> PurePosixPath:
    """Return the path a template lands on, or raise TemplateDefect if it would leave its place."""
    path = PurePosixPath(text)
    parts = path.parts
    if not parts or path.is_absolute() or ".." in parts or any(not part.strip() for part in text.split("/")):
        raise TemplateDefect(f"{source}: a template cannot land on `{text}`")
    if parts[0].lower() in _FORBIDDEN_TOPS or "\\" in text or "\0" in text or ":" in text:
        raise TemplateDefect(f"{source}: a template cannot land on `{text}`")
    return path


def encode(content: Content) -> bytes:
    """Return the bytes that are written to disk."""
    return content.encode() if isinstance(content, str) else content


def without(tree: Tree, paths: frozenset[PurePosixPath]) -> Tree:
    """Return the files of a tree that are not at these paths."""
    return {path: content for path, content in tree.items() if path not in paths}


def only(tree: Tree, paths: frozenset[PurePosixPath]) -> Tree:
    """Return the files of a tree that are at these paths."""
    return {path: content for path, content in tree.items() if path in paths}
