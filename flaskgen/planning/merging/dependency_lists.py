"""The lists of requirements in a pyproject.toml: each merges as a set of lines, one for each distribution."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flaskgen.planning.merging.line_sets import merge_requirements

_LISTS = {"project": "dependencies", "dependency-groups": "dev"}
"""The name of the list by that of its table."""
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
    for table, block in _tables(theirs):
        numbers = [number for number, line in enumerate(lines) if _name_of_table(line) == table]
        if not numbers:
            lines += [
                *(["" if block[0].endswith("]") else "\r"] if lines and lines[-1].strip() else []),
                *block,
            ]
        elif table in _LISTS:
            there = "\n".join(next(own for name, own in _tables(lines) if name == table))
            for key, text in _keys(block):
                if not re.search(rf"^\s*{key}\s*=|[\"']{key}[\"']", there, re.MULTILINE):  # or it is dynamic
                    lines[numbers[0] + 1 : numbers[0] + 1] = text
                    numbers[0] += len(text)
    return lines


def _name_of_table(line: str) -> str | None:
    header = _HEADER.fullmatch(line)
    return header[1] if header else None


def _tables(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the tables with their lines, the header first."""
    starts = [number for number, line in enumerate(lines) if _name_of_table(line)]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _name_of_table(lines[start]) or "", list(lines[start:stop])


def _keys(table: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the keys of a table with their lines."""
    starts = [number for number, line in enumerate(table) if re.match(r"[\w-]+\s*=", line)]
    for start, stop in zip(starts, [*starts[1:], len(table)], strict=True):
        yield re.split(r"\s*=", table[start])[0], [line for line in table[start:stop] if line.strip()]


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
