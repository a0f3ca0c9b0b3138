"""What a file goes without when a change leaves it alone."""

from __future__ import annotations

from flaskgen.planning.merging.line_merge import Edit, find_edits
from flaskgen.planning.merging.text_form import form_of, is_text


def added_lines(base: bytes, theirs: bytes) -> tuple[Edit, ...]:
    """Return the edits by which a change would have added lines."""
    if not (is_text(base) and is_text(theirs)):
        return ()
    old, new = (form_of(content).read(content) for content in (base, theirs))
    return tuple(edit for edit in find_edits(old, new) if edit.lines)


def added_settings(base: bytes, ours: bytes, theirs: bytes) -> list[str]:
    """Name the settings, and no value, that a change would have added and that are not there."""
    there = {_name(line) for line in form_of(ours).read(ours)}
    lines = (line for edit in added_lines(base, theirs) for line in edit.lines if "=" in line)
    return [name for name in map(_name, lines) if name not in there and not name.startswith("#")]


def _name(line: str) -> str:
    return line.partition("=")[0].strip()
