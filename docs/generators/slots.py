"""The page of the slots of the templates: the file each is in, and what belongs there."""

from __future__ import annotations

from collections.abc import Iterator

from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.catalogue_checks import Slot, find_slots
from flaskgen.planning.templates.slots import SlotKind

_BEGINNING = """\
# Slots

Shared files have slots for the lines of extensions. An extension fills them in its `slots.jinja`, with
`{% fill "NAME" %}`, the lines and `{% endfill %}`:
see [Add an extension](contributing.md#add-an-extension).

- Lines are *added* in the order of the extensions; *sorted*, as imports are, and each once; or *replacing*
  the lines that the file has there by default.
- A slot with something in the last column only exists with that. Other extensions fill it in a section
  `{% with "TRAIT" %}`.

The descriptions are the comments behind the slots.
"""
_EFFECTS = {SlotKind.PLAIN: "added", SlotKind.SORTED: "sorted", SlotKind.DEFAULT: "replacing"}


def describe_slots(catalogue: Catalogue) -> str:
    """Return the page, with a table for each file."""
    return "\n".join([_BEGINNING, *_tables(catalogue)]).rstrip("\n") + "\n"


def _tables(catalogue: Catalogue) -> Iterator[str]:
    slots = find_slots(catalogue).values()
    for file in dict.fromkeys(slot.file for slot in slots):
        yield f"## `{file}`\n\n| slot | what belongs there | lines are | with |\n|---|---|---|---|"
        yield from (_row(slot) for slot in slots if slot.file == file)
        yield ""


def _row(slot: Slot) -> str:
    fewest = min(slot.conditions, key=len)
    condition = ", ".join(f"`{trait}`" for trait in sorted(fewest))
    return f"| `{slot.name}` | {slot.note} | {_EFFECTS[slot.kind]} | {condition} |"
