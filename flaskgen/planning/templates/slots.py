"""Slots: the named places in a shared file where extensions add lines or replace some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# A slot tag stands alone on its line. What replaces it keeps the line count, so that errors name true lines.
_SLOT_LINE = re.compile(r'^([ \t]*)\{% slot "([a-z0-9_.-]+)"( sorted| default)? %\}[ \t]*\n', re.MULTILINE)
_END_LINE = re.compile(r"^[ \t]*\{% endslot %\}[ \t]*\n", re.MULTILINE)
_SLOT_TAG = re.compile(r"\{%-?\s*(?:end)?slot\b")
_DEFAULT = re.compile(r'^[ \t]*\{% (?:slot "[a-z0-9_.-]+" (default)|endslot) %\}[ \t]*$', re.MULTILINE)


def slot_names(source: str) -> tuple[str, ...]:
    """List the slots that a template offers, in order."""
    return tuple(match.group(2) for match in _SLOT_LINE.finditer(source))


def has_stray_slot(source: str) -> bool:
    """Tell whether a slot tag does not stand alone on its line, is misspelled, or has no end or beginning."""
    depth = 0
    for match in _DEFAULT.finditer(source):
        depth += 1 if match.group(1) else -1
        if depth not in (0, 1):
            return True
    return depth != 0 or bool(_SLOT_TAG.search(_END_LINE.sub("", _SLOT_LINE.sub("", source))))


def expand_slot_tags(source: str, *, variable: tuple[str, str], block: tuple[str, str]) -> str:
    """Turn slot tags into calls of the functions ``slot(name, indent, sorted)`` and ``filled(name)``.

    The lines between ``slot ... default`` and ``endslot`` stay where nobody fills the slot.
    """

    def call(match: re.Match[str]) -> str:
        indent, name, kind = match.groups()
        content = f"slot({name!r}, {indent!r}, {kind == ' sorted'})"
        if kind == " default":
            filled = f"{block[0]} if filled({name!r}) {block[1]}{variable[0]} {content} {variable[1]}"
            return f"{filled}{block[0]} else {block[1]}\n"
        return f"{variable[0]} {content}\n{variable[1]}"

    return _END_LINE.sub(f"{block[0]} endif {block[1]}\n", _SLOT_LINE.sub(call, source))


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
