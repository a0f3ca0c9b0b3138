"""Where the user's edits and those of a change exclude each other, as edits of the user's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from flaskgen.planning.merging.alignment import Alignment, Region, says_something
from flaskgen.planning.merging.line_merge import Edit, apply_edits, find_edits

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
        if bounds and _are_close(mine[bounds[-1][1] : start]):
            bounds[-1][1::2] = stop, last
        else:
            bounds.append([start, stop, first, last])
    for start, stop, first, last in bounds:
        yield Edit(stretch.start + start, stretch.start + stop, tuple(theirs[first:last]))


def _are_close(between: Sequence[str]) -> bool:
    return len(between) < _SHORTEST_BETWEEN or not any(map(says_something, between))
