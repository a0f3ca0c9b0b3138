"""Slots: the named places in a shared file where extensions add lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# A slot stands alone on its line. What replaces it keeps the line count, so that errors name true lines.
_SLOT_LINE = re.compile(r'^([ \t]*)\{% slot "([a-z0-9_.-]+)"( sorted)? %\}[ \t]*\n', re.MULTILINE)
_SLOT_TAG = re.compile(r"\{%-?\s*slot\b")


def slot_names(source: str) -> tuple[str, ...]:
    """List the slots that a template offers, in order."""
    return tuple(match.group(2) for match in _SLOT_LINE.finditer(source))


def has_stray_slot(source: str) -> bool:
    """Tell whether a slot tag does not stand alone on its line or is misspelled."""
    return bool(_SLOT_TAG.search(_SLOT_LINE.sub("", source)))


def expand_slot_tags(source: str, *, opening: str, closing: str) -> str:
    """Turn slot tags into calls of the template function ``slot(name, indent, sorted)``."""

    def call(match: re.Match[str]) -> str:
        indent, name, order = match.groups()
        return f"{opening} slot({name!r}, {indent!r}, {order is not None})\n{closing}"

    return _SLOT_LINE.sub(call, source)


def fill_slot(contributions: Sequence[str], *, indent: str, in_order: bool) -> str:
    """Join what extensions add to a slot, indented as the slot is; nothing gives no line at all.

    ``in_order`` sorts the lines as isort does and drops repeated ones: for imports and lists of names.
    """
    lines: Iterable[str] = (line for text in contributions for line in text.splitlines())
    if in_order:
        lines = sorted({line for line in lines if line.strip()}, key=_import_order)
    return "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)


def _import_order(line: str) -> tuple[bool, str]:
    return not line.startswith("import "), line.lower()
