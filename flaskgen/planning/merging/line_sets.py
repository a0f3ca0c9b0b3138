"""Merge sets of lines: the requirements in a pyproject.toml, .gitignore, and files of settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import groupby, pairwise
from typing import NamedTuple

from flaskgen.planning.merging.alignment import same_but_for_form
from flaskgen.planning.packages.pins import normalized

_NAME = re.compile(r"\s*[\"']?([A-Za-z0-9][\w.-]*)")
_QUOTED = re.compile(r"\s*([\"'])(.*)\1\s*,?\s*")
_SETTING = re.compile(r"(?:#\s*)?(?P<key>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
_COMMENT = re.compile(r"(^|\s)#.*$")
_SETTINGS = frozenset({".env", ".env.example", ".flaskenv"})
LINE_SETS = frozenset({".gitignore", *_SETTINGS})
"""Names of files in which lines of two origins stand one below the other."""
_LISTS = {"project": "dependencies", "dependency-groups": "dev"}
"""The name of the list by that of its table."""
_KEY = re.compile(r"[\w-]+\s*=")
_HEADER = re.compile(r"\s*\[\s*([\w.-]+)\s*\]\s*(#.*)?")
_PART = re.compile(
    r"""\s*(?:(?P<item>"(?:[^"\\]|\\.)*"|'[^']*'|\{[^{}]*\})|(?P<comma>,)|(?P<comment>\#.*)|(?P<close>\])|$)"""
)


class DependencyList(NamedTuple):
    """A list of requirements in the lines of a file."""

    table: str
    start: int
    """The line that opens it."""
    stop: int
    """The line after the one that closes it."""
    head: str
    lines: tuple[str, ...]
    """Each with at most one requirement, which a comma follows."""
    end: str

    def written(self, lines: Sequence[str]) -> list[str]:
        """Return the list with other lines: on one line if it had some there, and without comments."""
        if self.stop - self.start > 1 or not self.lines or any("#" in line for line in lines):
            return [self.head, *lines, self.end]
        items = ", ".join(line.strip().rstrip(",") for line in lines)
        return [f"{self.head.rstrip()}{items}{self.end}"]


def merge_lists(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[list[str], list[str], list[str], tuple[str, ...]]:
    """Return the three versions of a pyproject.toml with merged lists, which are the same in all of them.

    A list that one of them does not have is left as it is. Also returns what there is to say.
    """
    sides = [list(base), list(ours), list(theirs)]
    found = [{one.table: one for one in find_lists(side)} for side in sides]
    notes: list[str] = []
    for table in _LISTS:
        if not (table in found[1] and table in found[2]):
            continue
        mine, new = found[1][table], found[2][table]
        old = found[0][table].lines if table in found[0] else ()
        merged = ours[mine.start : mine.stop]
        if old != new.lines:
            lines, said = merge_requirements(old, mine.lines, new.lines)
            merged = mine.written(lines)
            notes += said
        for side in sides:
            for there in find_lists(side):
                if there.table == table:
                    side[there.start : there.stop] = merged
    return sides[0], sides[1], sides[2], tuple(notes)


def join_tables(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the user's pyproject.toml and, below it, the tables that only a new one has.

    A table that both have stays as the user wrote it; only the keys that every project needs are added to it.
    """
    lines = list(ours)
    for block in _blocks_from(_name_of_table, theirs):
        table = _name_of_table(block[0])
        numbers = [number for number, line in enumerate(lines) if _name_of_table(line) == table]
        if not numbers:
            blank = "" if block[0].endswith("]") else "\r"
            lines += [*([blank] if lines and lines[-1].strip() else []), *block]
        elif table in _LISTS:
            place = numbers[0] + 1
            there = "\n".join(next(_blocks_from(_name_of_table, lines[numbers[0] :])))
            for entry in _blocks_from(_KEY.match, block):
                key = re.split(r"\s*=", entry[0])[0]
                if not re.search(rf"^\s*{key}\s*=|[\"']{key}[\"']", there, re.MULTILINE):  # or it is dynamic
                    text = [line for line in entry if line.strip()]
                    lines[place:place] = text
                    place += len(text)
    return lines


def _name_of_table(line: str) -> str | None:
    header = _HEADER.fullmatch(line)
    return header[1] if header else None


def _blocks_from(begins: Callable[[str], object], lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield stretches of lines, each from one that begins it to the next."""
    starts = [number for number, line in enumerate(lines) if begins(line)]
    for start, stop in pairwise([*starts, len(lines)]):
        yield lines[start:stop]


def find_lists(lines: Sequence[str]) -> Iterator[DependencyList]:
    """Find the lists of requirements; one that is not written as a list of texts does not count."""
    table = ""
    for number, line in enumerate(lines):
        if header := _HEADER.fullmatch(line):
            table = header[1]
        elif table in _LISTS and (opening := re.match(rf"\s*{_LISTS[table]}\s*=\s*\[", line)):
            found = _read_list(lines, number, opening.end(), table)
            if found is not None:
                yield found


def _read_list(lines: Sequence[str], start: int, column: int, table: str) -> DependencyList | None:
    head, end_of_line = lines[start][:column], "\r" if lines[start].endswith("\r") else ""
    inner: list[str] = []
    for number in range(start, len(lines)):
        line = lines[number]
        position = column if number == start else 0
        items: list[str] = []
        comment = ""
        closed = False
        while position < len(line.rstrip()) and not closed:
            part = _PART.match(line, position)
            if part is None:
                return None
            position = part.end()
            items += [part["item"]] if part["item"] else []
            comment = (part["comment"] or "").rstrip()
            closed = part["close"] is not None
        if number == start and comment and not items:
            head += f"  {comment}"
        elif number != start and not closed and len(items) < 2:
            inner.append(_with_comma(line, items[0]) if items else line)
        else:
            spread = [f"    {item}," for item in items]
            if comment and spread:
                spread[-1] += f"  {comment}"
            inner += [line + end_of_line for line in spread]
        if closed:
            end = line if number != start and not items else f"]{line[position:].rstrip()}{end_of_line}"
            return DependencyList(table, start, number + 1, head + end_of_line, tuple(inner), end)
    return None


def _with_comma(line: str, item: str) -> str:
    before, _, after = line.partition(item)
    return line if after.lstrip().startswith(",") else f"{before}{item},{after}"


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
    for key in {**old, **new}:
        was, wanted, there = old.get(key), new.get(key), _by_key(lines).get(key)
        if was == wanted:
            continue
        if there is None:
            if was is None and wanted is not None:
                lines.insert(_place(key, lines), wanted)
        elif was is not None and _same_requirement(there, was):
            number = lines.index(there)
            remark = _remark(there) if _remark(there) != _remark(was) else ""
            lines[number : number + 1] = [_with_remark(wanted, remark)] if wanted is not None else []
            if remark and wanted is None:
                notes.append(f"`{_shown(there)}  {remark}` was removed, and your comment with it")
        elif wanted is None or not _same_requirement(there, wanted):
            notes.append(_kept(there, wanted))
    return lines, tuple(notes)


def _same_requirement(one: str, other: str) -> bool:
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
    blocks = [list(block) for is_text, block in groupby(theirs, lambda line: bool(line.strip())) if is_text]
    blank = "\r" if theirs and theirs[0].endswith("\r") else ""  # a carriage return is part of a line's text
    missing = filter(None, (_missing(name, block, there) for block in blocks))
    added = [line for lines in missing for line in (blank, *lines)]
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
