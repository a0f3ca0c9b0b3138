"""Carry the edits between two files over to a third, each to where the lines beside it are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from flaskgen.planning.merging.alignment import Alignment, Region, same_but_for_form, says_something

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Edit(NamedTuple):
    """Base lines ``start`` to ``stop`` give way to ``lines``."""

    start: int
    stop: int
    lines: tuple[str, ...]


class CarriedOver(NamedTuple):
    """The user's lines with every edit in them that has its place there, and the edits that have not."""

    lines: list[str]
    origins: list[int | None]
    """Which of the user's lines each of ``lines`` is, by number; None for one that was carried over."""
    advanced: list[str]
    """The base with the same edits in it: a merge can go on from there."""
    left: tuple[Edit, ...]


def carry_over(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> CarriedOver:
    """Make the edits from ``base`` to ``theirs`` in ``ours``, line by line.

    A new line goes next to its neighbour in ``theirs``, wherever the user has that now, and before what the
    user added there. What the user added there already is not added again. A removed line goes if the user
    did not change it, except for its form. No other line of the user is changed. An edit is left if the user
    changed its lines, or removed those around it.
    """
    alignment = Alignment(base, ours)
    inserted: dict[int, list[str]] = {}
    removed: set[int] = set()
    done: list[Edit] = []
    left: list[Edit] = []
    for edit in find_edits(base, theirs):
        if _is_made(edit, alignment):
            done.append(edit)
            continue
        gone = _find_removed(edit, alignment)
        place = _find_place(edit, gone, alignment) if gone is not None else None
        if gone is None or place is None:
            left.append(edit)
            continue
        removed |= gone
        inserted.setdefault(place, []).extend(edit.lines)
        done.append(edit)
    lines: list[str] = []
    origins: list[int | None] = []
    for number in range(len(ours) + 1):
        new = inserted.get(number, [])
        lines += new
        origins += [None] * len(new)
        if number < len(ours) and number not in removed:
            lines.append(ours[number])
            origins.append(number)
    return CarriedOver(lines, origins, apply_edits(base, done), tuple(left))


def find_edits(base: Sequence[str], theirs: Sequence[str]) -> Iterator[Edit]:
    """Return the edits that lead from one to the other, each where a person would see it.

    Whether an added function begins with its own first line, with the blank ones before it, or even with the
    last line of the function above when that is the same, is for a diff to choose.
    """
    opcodes = SequenceMatcher(None, base, theirs, autojunk=False).get_opcodes()
    floor = 0
    for number, (tag, start, stop, first, last) in enumerate(opcodes):
        if tag == "equal":
            continue
        if tag != "replace":
            block, begin, end = (theirs, first, last) if tag == "insert" else (base, start, stop)
            # What follows is equal, or the end.
            below = opcodes[number + 1][2] - stop if number + 1 < len(opcodes) else 0
            shift = _best_shift(block, begin, end, above=start - floor, below=below)
            start, stop, first, last = start + shift, stop + shift, first + shift, last + shift
        floor = stop
        yield Edit(start, stop, tuple(theirs[first:last]))


def apply_edits(lines: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """Return lines with edits made in them, which are in order and do not overlap."""
    edited: list[str] = []
    done = 0
    for edit in edits:
        edited += [*lines[done : edit.start], *edit.lines]
        done = edit.stop
    return edited + list(lines[done:])


def _best_shift(lines: Sequence[str], begin: int, end: int, *, above: int, below: int) -> int:
    """Return by how many of the equal lines above or below it a block should move, of those by which it can.

    It can while the line at its one end is the one that stands beyond the other. It should begin with blank
    lines, all of them, or else with the line that is least deep.
    """
    shifts = [0]
    while -shifts[0] < above and lines[begin + shifts[0] - 1] == lines[end + shifts[0] - 1]:
        shifts.insert(0, shifts[0] - 1)
    while shifts[-1] < below and lines[begin + shifts[-1]] == lines[end + shifts[-1]]:
        shifts.append(shifts[-1] + 1)
    blank = [shift for shift in shifts if not lines[begin + shift].strip()]
    return min(blank) if blank else min(shifts, key=lambda shift: _depth(lines[begin + shift]))


def _is_made(edit: Edit, alignment: Alignment) -> bool:
    """Return whether the user made the same edit nearby; one of its lines has to be new to ``base``."""
    keys = [same_but_for_form(line) for line in edit.lines]
    is_new = any(says_something(key) and key not in alignment.base_keys for key in keys)
    if not is_new or any(number in alignment.place for number in range(edit.start, edit.stop)):
        return False
    size, there = len(keys), alignment.region(edit.start).ours
    starts = range(max(0, there.start - size), there.stop + 1)
    return any(alignment.ours_keys[start : start + size] == keys for start in starts)


def _find_removed(edit: Edit, alignment: Alignment) -> set[int] | None:
    """Return the user's lines that an edit takes away; None if the user made something else of one."""
    gone: set[int] = set()
    for number in range(edit.start, edit.stop):
        place = alignment.place.get(number)
        if place is None:
            place = alignment.moved(number)
        if place is not None:
            gone.add(place)
        elif says_something(alignment.base[number]) and alignment.region(number).ours:
            return None
    return gone


def _find_place(edit: Edit, gone: set[int], alignment: Alignment) -> int | None:
    """Return the number of the user's line before which an edit's lines go."""
    if gone or not edit.lines:
        return min(gone, default=0)
    gap = edit.start
    if gap == 0:
        return 0
    if gap - 1 in alignment.place:
        return _end_of_block(alignment, gap, edit.lines)
    if gap in alignment.place:
        return alignment.place[gap]
    region = alignment.region(gap)
    if not region.ours:
        return region.ours.start
    if (alike := alignment.alike(gap - 1, region)) is not None:
        return _end_of_statement(alignment.ours, alike)
    if (alike := alignment.alike(gap, region)) is not None:
        return alike
    if (before := alignment.moved(gap - 1)) is not None:
        return before + 1
    return alignment.moved(gap)


def _end_of_block(alignment: Alignment, gap: int, lines: Sequence[str]) -> int:
    """Return the number after the line before a gap, and after what the user added deeper than ``lines``.

    Such lines belong to the block above, and would else come to belong to the last of ``lines``.
    """
    region = alignment.region(gap)
    depth = _depth(next((line for line in lines if line.strip()), ""))
    place = region.ours.start
    for number in region.ours:
        line = alignment.ours[number]
        if line.strip():
            if _depth(line) <= depth:
                break
            place = number + 1
    return place


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _end_of_statement(lines: Sequence[str], start: int) -> int:
    """Return the number after the line at which the brackets that a line opens are closed again."""
    depth = 0
    for number in range(start, len(lines)):
        depth += sum((char in _OPENING) - (char in _CLOSING) for char in lines[number])
        if depth <= 0:
            return number + 1
    return start + 1


_SHORTEST_BETWEEN = 4
"""As in git, fewer equal lines than these between two conflicts make them one, which is easier to read."""


class ThreeWayMerge(NamedTuple):
    """How ``ours`` would follow a change, edit by edit; start and stop are lines of ``ours``."""

    clean: tuple[Edit, ...]
    """Edits of lines that the user left alone."""
    conflicts: tuple[Edit, ...]
    """Edits that touch the user's, each with the change's version of these lines."""


def merge_three_ways(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> ThreeWayMerge:
    """Find what the change from ``base`` to ``theirs`` would do to ``ours``.

    Edits that touch are a conflict, as in git; of the lines of a conflict, those that both sides have are not
    part of it.
    """
    alignment = Alignment(base, ours)
    clean: list[Edit] = []
    conflicts: list[Edit] = []
    for edits, regions in _meetings(list(find_edits(base, theirs)), list(alignment.changed_regions())):
        first = min([edit.start for edit in edits] + [region.base.start for region in regions])
        last = max([edit.stop for edit in edits] + [region.base.stop for region in regions])
        stretch = alignment.ours_of(first, last)
        lines = apply_edits(base[:last], edits)[first:]
        if regions:
            conflicts += _differences(ours, stretch, lines)
        else:
            clean.append(Edit(stretch.start, stretch.stop, tuple(lines)))
    return ThreeWayMerge(tuple(clean), tuple(conflicts))


def merge_two_ways(ours: Sequence[str], theirs: Sequence[str]) -> ThreeWayMerge:
    """Make every difference a conflict: without a base nobody knows which side has the edit."""
    return ThreeWayMerge((), tuple(_differences(ours, range(len(ours)), theirs)))


def _meetings(edits: list[Edit], regions: list[Region]) -> Iterator[tuple[list[Edit], list[Region]]]:
    """Group each edit of the change with the regions it touches, and with the edits that touch these."""
    while edits:
        met, touched = [edits.pop(0)], list[Region]()
        end = met[0].stop
        while regions and regions[0].base.start <= end:
            region = regions.pop(0)
            if region.base.stop < met[0].start:
                continue
            touched.append(region)
            end = max(end, region.base.stop)
            while edits and edits[0].start <= end:
                met.append(edits.pop(0))
                end = max(end, met[-1].stop)
        yield met, touched


def _differences(ours: Sequence[str], stretch: range, theirs: Sequence[str]) -> Iterator[Edit]:
    """Yield the stretches of ``ours`` in which the two sides differ, each with their side."""
    mine = ours[stretch.start : stretch.stop]
    opcodes = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    bounds: list[list[int]] = []
    for tag, start, stop, first, last in opcodes:
        if tag == "equal":
            continue
        between = mine[bounds[-1][1] : start] if bounds else ()
        if bounds and (len(between) < _SHORTEST_BETWEEN or not any(map(says_something, between))):
            bounds[-1][1::2] = stop, last
        else:
            bounds.append([start, stop, first, last])
    for start, stop, first, last in bounds:
        yield Edit(stretch.start + start, stretch.start + stop, tuple(theirs[first:last]))
