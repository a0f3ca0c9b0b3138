"""Merge requirements.in as a set: one line a distribution, in whatever order the user has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flaskgen.planning.merging.alignment import same_but_for_form
from flaskgen.planning.packages.pins import normalized

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_COMMENT = re.compile(r"(^|\s)#.*$")


def merge_requirements(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Return the user's lines with those that the change adds and without those that it takes away.

    Nothing can conflict: a requirement that the user wrote or changed stays, and a note says so, because pip
    refuses two of one distribution.
    """
    old, new = _by_key(base), _by_key(theirs)
    lines = list(ours)
    notes = []
    for key, line in old.items():
        there = _by_key(lines).get(key)
        if there is None or new.get(key) == line:
            continue
        number = lines.index(there)
        if same_requirement(there, line):
            remark = _remark(there) if _remark(there) != _remark(line) else ""
            lines[number : number + 1] = [_with_remark(new[key], remark)] if key in new else []
            if remark and key not in new:
                notes.append(f"`{there.strip()}` was removed, and your comment with it")
        elif key not in new or not same_requirement(there, new[key]):
            notes.append(_kept(there, new.get(key)))
    for key in (key for key in new if key not in old):
        there = _by_key(lines).get(key)
        if there is None:
            lines.insert(_place(key, new, lines), new[key])
        elif not same_requirement(there, new[key]):
            notes.append(_kept(there, new[key]))
    return lines, tuple(notes)


def same_requirement(one: str, other: str) -> bool:
    """Return whether two lines ask for the same, comments and spaces aside."""
    return _bare(one) == _bare(other)


def _bare(line: str) -> str:
    return same_but_for_form(_COMMENT.sub("", line)).lower()


def _remark(line: str) -> str:
    found = _COMMENT.search(line)
    return found[0].strip() if found else ""


def _with_remark(line: str, remark: str) -> str:
    return f"{_COMMENT.sub('', line).rstrip()}  {remark}" if remark else line


def _kept(there: str, wanted: str | None) -> str:
    shown = _COMMENT.sub("", there).strip()
    if wanted is None:
        return f"keeps `{shown}`, because you changed it"
    return f"keeps your `{shown}`; the change asks for `{wanted.strip()}`"


def _by_key(lines: Sequence[str]) -> dict[str, str]:
    """Return the lines by distribution; comments and options by what they say; the first counts."""
    found: dict[str, str] = {}
    for line in lines:
        if line.strip():
            name = _NAME.match(line)
            found.setdefault(normalized(name[1]) if name else line.strip(), line)
    return found


def _place(key: str, new: Mapping[str, str], lines: Sequence[str]) -> int:
    """Return the number of the line before which a new one goes: after the nearest that stands before it."""
    keys = list(new)
    there = _by_key(lines)
    for before in reversed(keys[: keys.index(key)]):
        if before in there:
            return lines.index(there[before]) + 1
    return len(lines)
