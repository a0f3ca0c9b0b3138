"""Read the syntax of Python that anyone wrote; nothing of it is run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

NOT_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


def parse_quietly(content: bytes | str, newest: tuple[int, int] | None = None) -> ast.Module:
    """Parse a user's module, without warnings of its escapes, as a Python no newer than ``newest`` does.

    Raises one of ``NOT_PARSED``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(content, feature_version=newest)


def dotted_name(node: ast.expr) -> str:
    """Return a name such as ``os.environ.get``; of ``f().get`` only ``.get``, and nothing of a call."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


def last_name(node: ast.expr | None) -> str:
    """Return the last part of a dotted name; empty for what is none."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


class Imported(NamedTuple):
    """A name that an import statement binds."""

    dotted: str
    """What is imported, by its whole name."""
    name: str
    """The name that it has in the module."""
    means: str
    """What the name stands for: of ``import os.path``, that is ``os``."""


def imported_by(
    node: ast.Import | ast.ImportFrom, package: tuple[str, ...] | None = None
) -> Iterator[Imported]:
    """Yield the names that a statement binds; without a ``package``, of relative ones none."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            yield Imported(alias.name, alias.asname or top, alias.name if alias.asname else top)
        elif not node.level or package is not None:
            above = package[: len(package) - node.level + 1] if package and node.level else ()
            dotted = ".".join((*above, *filter(None, [node.module]), alias.name))
            yield Imported(dotted, alias.asname or alias.name, dotted)


def names_imported(nodes: Iterable[ast.AST], package: tuple[str, ...] | None = None) -> dict[str, str]:
    """Return the names that a module imports, and what they mean: ``flask.Markup``.

    Without its package, relative imports do not count.
    """
    imports = (node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
    return {one.name: one.means for node in imports for one in imported_by(node, package)}


def meaning_of(node: ast.expr, names: Mapping[str, str]) -> str | None:
    """Return what an imported name or its attribute stands for: ``werkzeug.urls.url_quote``."""
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=name) if of := meaning_of(value, names):
            return f"{of}.{name}"
    return None
