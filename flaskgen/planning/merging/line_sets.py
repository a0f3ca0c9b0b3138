"""Merge sets of lines: requirements, .gitignore, and files of settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from flaskgen.planning.merging.alignment import same_but_for_form
from flaskgen.planning.packages.pins import normalized

_NAME = re.compile(r"\s*[\"']?([A-Za-z0-9][\w.-]*)")
_QUOTED = re.compile(r"\s*([\"'])(.*)\1\s*,?\s*")
_SETTING = re.compile(r"(?:#\s*)?(?P<key>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
_COMMENT = re.compile(r"(^|\s)#.*$")


_IGNORED = ".gitignore"
_SETTINGS = frozenset({".env", ".env.example", ".flaskenv"})
LINE_SETS = frozenset({_IGNORED, *_SETTINGS})
"""Names of files in which lines of two origins stand one below the other."""


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
                notes.append(f"`{_shown(there)}  {remark}` was removed, and your comment with it")
        elif key not in new or not same_requirement(there, new[key]):
            notes.append(_kept(there, new.get(key)))
    for key in (key for key in new if key not in old):
        there = _by_key(lines).get(key)
        if there is None:
            lines.insert(_place(key, lines), new[key])
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
    if wanted is None:
        return f"keeps `{_shown(there)}`, because you changed it"
    return f"keeps your `{_shown(there)}`; the change asks for `{_shown(wanted)}`"


def _shown(line: str) -> str:
    bare = _COMMENT.sub("", line).strip()
    quoted = _QUOTED.fullmatch(bare)
    return quoted[2] if quoted else bare


def _by_key(lines: Sequence[str]) -> dict[str, str]:
    """Return the lines by distribution; comments by what they say; the first counts."""
    found: dict[str, str] = {}
    for line in lines:
        if line.strip():
            name = _NAME.match(line)
            found.setdefault(normalized(name[1]) if name else line.strip(), line)
    return found


def _place(key: str, lines: Sequence[str]) -> int:
    """Return the number of the line before which a new one goes: after the last that sorts before it."""
    before = [
        number
        for number, line in enumerate(lines)
        if (name := _NAME.match(line)) and normalized(name[1]) < key
    ]
    return before[-1] + 1 if before else 0


def join_lines(name: str, ours: Sequence[str], theirs: Sequence[str]) -> list[str] | None:
    """Return the user's lines and, below them, those that only a new file of the name has.

    A comment belongs to the lines below it. None if both set a variable that is the same for everyone
    to different values.
    """
    if name == ".flaskenv":
        mine, new = map(_settings, (ours, theirs))
        if any(mine[key] != new[key] for key in mine.keys() & new.keys()):
            return None
    there = {key for line in ours if (key := _key(name, line))}
    blocks = [lines for block in _blocks(theirs) if (lines := _missing(name, block, there))]
    blank = "\r" if theirs and theirs[0].endswith("\r") else ""  # a carriage return is part of a line's text
    added = [line for block in blocks for line in (blank, *block)]
    return [*ours, *(added if any(line.strip() for line in ours) else added[1:])]


def _settings(lines: Sequence[str]) -> dict[str, str]:
    found = filter(None, (_SETTING.match(line.strip()) for line in lines))
    return {setting["key"]: setting["value"].strip() for setting in found}


def _key(name: str, line: str) -> str:
    """Return what a line is known by; nothing for a comment. Who has `!/.env` wants no `/.env`."""
    line = line.strip()
    if name in _SETTINGS:
        found = _SETTING.match(line)
        return found["key"] if found else ""
    return "" if line.startswith("#") else line.removeprefix("!")


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def _missing(name: str, block: Sequence[str], there: Set[str]) -> list[str]:
    """Return the lines of a block that are not there, each below its own comments."""
    lines: list[str] = []
    comments: list[str] = []
    for line in block:
        key = _key(name, line)
        if not key:
            comments.append(line)
        else:
            lines += [*comments, line] if key not in there else []
            comments = []
    return lines
