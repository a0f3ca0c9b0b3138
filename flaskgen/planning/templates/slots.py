"""Slots: a shared file offers them, and the ``slots.jinja`` of an extension fills them.

Their tags stand alone on their lines and look the same in every file, also in one whose other tags are
written ``[[ ]]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from flaskgen.errors import TemplateDefect

# What replaces a tag keeps the line count, so that errors name the right lines.
_SLOT_LINE = re.compile(
    r"""^([ \t]*)\{% slot "([a-z0-9_.-]+)"( sorted| default)? %\}[ \t]*(?:\{#(.*?)#\}[ \t]*)?(?:\n|\Z)""",
    re.MULTILINE,
)
_ENDSLOT_LINE = re.compile(r"^[ \t]*\{% endslot %\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_SLOT_TAG = re.compile(r"\{%[-+]?\s*(?:end)?slot\b")

_FILL_LINE = re.compile(
    r'^\{% fill "([a-z0-9_.-]+)"(?: part "([a-z0-9_.-]+)")? %\}[ \t]*(?:\n|\Z)', re.MULTILINE
)
_ENDFILL_LINE = re.compile(r"^\{% endfill %\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_FILL_TAG = re.compile(r"\{%[-+]?\s*(?:end)?fill\b")
_WITH_LINE = re.compile(r'^\{% with "([a-z0-9_.-]+(?:\+[a-z0-9_.-]+)*)" %\}[ \t]*(?:\n|\Z)', re.MULTILINE)
_ENDWITH_LINE = re.compile(r"^\{% endwith %\}[ \t]*(?:\n|\Z)", re.MULTILINE)
_WITH_TAG = re.compile(r"\{%[-+]?\s*(?:end)?with\b")
_BETWEEN_FILLS = re.compile(r"(?:\s+|\{#.*?#\})*", re.DOTALL)


class SlotKind(StrEnum):
    """What happens to the lines of a slot."""

    PLAIN = ""
    SORTED = "sorted"
    """They are sorted as imports are, each once."""
    DEFAULT = "default"
    """They replace those that the file has itself."""


class SlotTag(NamedTuple):
    """A place for lines, as a file offers it."""

    name: str
    kind: SlotKind
    note: str
    """What belongs there."""


class Fill(NamedTuple):
    """Lines for a slot; a named part replaces the one that an earlier layer of the same owner has."""

    slot: str
    part: str
    """Empty for lines that are always added."""
    content: str
    source: str
    line: int
    """Where the content begins in ``source``."""


def read_slots(text: str, source: str, *, first_line: int = 1) -> Iterator[SlotTag]:
    """Return the slots that a text offers, in order.

    Raises TemplateDefect, naming the line, for a tag that is misspelled or not alone on its line, and for
    default lines without a beginning or an end.
    """
    begun: re.Match[str] | None = None
    for tag in _SLOT_TAG.finditer(text):
        start = text.rfind("\n", 0, tag.start()) + 1
        if slot := _SLOT_LINE.match(text, start):
            kind = SlotKind((slot.group(3) or "").strip())
            if kind is SlotKind.DEFAULT:
                if begun:
                    raise _wrong_slot(text, tag.start(), source, first_line)
                begun = tag
            yield SlotTag(slot.group(2), kind, (slot.group(4) or "").strip(" "))
        elif begun and _ENDSLOT_LINE.match(text, start):
            begun = None
        else:
            raise _wrong_slot(text, tag.start(), source, first_line)
    if begun:
        raise _wrong_slot(text, begun.start(), source, first_line)


def _wrong_slot(text: str, position: int, source: str, first_line: int) -> TemplateDefect:
    return TemplateDefect(
        f"{source}:{_line_at(text, position, first_line)}: malformed slot tag",
        hint='a slot is {% slot "NAME" %}, or {% slot "NAME" default %}, lines and {% endslot %}; '
        "each tag is alone on its line, except for a comment {# what belongs there #}",
    )


def _line_at(text: str, position: int, first_line: int = 1) -> int:
    return first_line + text.count("\n", 0, position)


def read_fills(text: str, source: str) -> dict[str, list[Fill]]:
    """Read the fills of a ``slots.jinja`` by their section, ``TRAIT+TRAIT``; empty for those in none.

    Raises TemplateDefect, naming the line, for any text but comments and blank lines between fills, a section
    or a fill without an end or inside another, a second section of the same traits, and a second fill of the
    same slot and part in one section.
    """
    fills: dict[str, list[Fill]] = {"": []}
    lines: dict[object, int] = {}
    section, begun = "", 0
    position, line, counted = 0, 1, 0
    while (position := _skip_comments(text, position)) < len(text):
        line, counted = line + text.count("\n", counted, position), position
        if begin := _WITH_LINE.match(text, position):
            if section:
                break
            section, begun, position = begin.group(1), line, begin.end()
            first = lines.setdefault(frozenset(section.split("+")), line)
            if first != line:
                raise TemplateDefect(
                    f"{source}:{line}: a section of the same traits begins in line {first}",
                    hint="write its fills there",
                )
            fills[section] = []
        elif section and (end := _ENDWITH_LINE.match(text, position)):
            section, position = "", end.end()
        else:
            fill, position = _read_fill(text, position, source, line)
            first = lines.setdefault((section, fill.slot, fill.part), line)
            if first != line:
                which = f"the part `{fill.part}` of the slot" if fill.part else "the slot"
                raise TemplateDefect(
                    f"{source}:{line}: {which} `{fill.slot}` is already filled in line {first}"
                )
            fills[section].append(fill)
    if section:
        raise TemplateDefect(f"{source}:{begun}: the section `{section}` has no {{% endwith %}}")
    return fills


def _read_fill(text: str, position: int, source: str, line: int) -> tuple[Fill, int]:
    """Return the fill that begins at a position, and where it ends."""
    begin = _FILL_LINE.match(text, position)
    if not begin:
        raise _not_a_fill(text, position, f"{source}:{line}")
    slot, part = begin.group(1), begin.group(2) or ""
    tag = _FILL_TAG.search(text, begin.end())
    if not tag:
        raise TemplateDefect(f"{source}:{line}: the fill of `{slot}` has no {{% endfill %}}")
    end = _ENDFILL_LINE.match(text, tag.start())
    if not end:
        raise TemplateDefect(
            f"{source}:{_line_at(text, tag.start())}: a tag inside the fill of `{slot}`",
            hint="end the fill with {% endfill %}, alone on its line and not indented",
        )
    return Fill(slot, part, text[begin.end() : end.start()], source, line + 1), end.end()


def _skip_comments(text: str, position: int) -> int:
    match = _BETWEEN_FILLS.match(text, position)
    return match.end() if match else position


def _not_a_fill(text: str, position: int, place: str) -> TemplateDefect:
    if _FILL_TAG.match(text, position):
        return TemplateDefect(
            f"{place}: malformed fill tag",
            hint='a fill is {% fill "SLOT" %} or {% fill "SLOT" part "PART" %}, lines and {% endfill %}; '
            "each tag is alone on its line and not indented",
        )
    if _WITH_TAG.match(text, position):
        return TemplateDefect(
            f"{place}: malformed section tag",
            hint='a section is {% with "TRAIT" %} or {% with "TRAIT+TRAIT" %}, fills and {% endwith %}; '
            "each tag is alone on its line and not indented",
        )
    return TemplateDefect(
        f"{place}: text outside a fill",
        hint='write it between {% fill "SLOT" %} and {% endfill %}, or as a comment {# ... #}',
    )


def expand_slots(source: str, *, variable: tuple[str, str], block: tuple[str, str]) -> str:
    """Turn slot tags into calls of the functions ``slot(name, indent, sorted)`` and ``filled(name)``.

    The lines between ``slot ... default`` and ``endslot`` stay where nobody fills the slot.
    """

    def call(match: re.Match[str]) -> str:
        indent, name, kind, _ = match.groups()
        content = f"slot({name!r}, {indent!r}, {kind == ' sorted'})"
        if kind == " default":
            filled = f"{block[0]} if filled({name!r}) {block[1]}{variable[0]} {content} {variable[1]}"
            return f"{filled}{block[0]} else {block[1]}\n"
        return f"{variable[0]} {content}\n{variable[1]}"

    return _ENDSLOT_LINE.sub(f"{block[0]} endif {block[1]}\n", _SLOT_LINE.sub(call, source))


def join_lines(contributions: Sequence[str], *, indent: str, in_order: bool) -> str:
    """Join what extensions add to a slot, indented as the slot is; nothing gives no line at all.

    ``in_order`` sorts the lines as isort does and drops repeated ones: for imports and lists of names.
    """
    lines: Iterable[str] = (line for text in contributions for line in text.splitlines())
    if in_order:
        lines = sorted({line for line in lines if line.strip()}, key=_import_order)
    return "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)


def _import_order(line: str) -> tuple[bool, int, str]:
    """Order as isort does: modules of the parent package come first."""
    name = line.removeprefix("from ")
    return not line.startswith("import "), len(name.lstrip(".")) - len(name), line.lower()
