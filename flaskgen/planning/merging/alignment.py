"""Which lines of a user's file are which lines of the file that it was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import NamedTuple

_FORM = re.compile(r"\s+|,(?=\s*$)")


def same_but_for_form(line: str) -> str:
    """Return what a formatter leaves of a line: two lines with the same key say the same."""
    return _FORM.sub("", line).replace("'", '"')


def says_something(line: str) -> bool:
    """Return whether a line can be recognised, and is no blank one, bracket or fence."""
    return sum(char.isalnum() for char in line) > 1


class Region(NamedTuple):
    """A stretch of base lines and the stretch of the user's lines that stands in its place."""

    base: range
    ours: range


class Alignment:
    """The lines of ``base`` that are still in ``ours``, in the same order, apart from their form."""

    def __init__(self, base: Sequence[str], ours: Sequence[str]) -> None:
        self.base, self.ours = base, ours
        self.base_keys = [same_but_for_form(line) for line in base]
        self.ours_keys = [same_but_for_form(line) for line in ours]
        self.place = dict(self._same_lines())
        """Where a line of base, by its number, stands in ours."""

    def _same_lines(self) -> Iterator[tuple[int, int]]:
        matcher = SequenceMatcher(None, self.base_keys, self.ours_keys, autojunk=False)
        for block in matcher.get_matching_blocks():
            numbers = range(block.size)
            whole = block.size == len(self.base)
            # Blank lines and brackets are everywhere: alone they do not show where a line went.
            if whole or any(says_something(self.base[block.a + number]) for number in numbers):
                yield from ((block.a + number, block.b + number) for number in numbers)

    def region(self, gap: int) -> Region:
        """Return the changed stretch around the gap before the base line of that number."""
        first, last = gap, gap
        while first > 0 and first - 1 not in self.place:
            first -= 1
        while last < len(self.base) and last not in self.place:
            last += 1
        return Region(range(first, last), self.ours_of(first, last))

    def ours_of(self, first: int, last: int) -> range:
        """Return the user's lines in place of a stretch of base lines, between lines that are still there."""
        start = self.place[first - 1] + 1 if first > 0 else 0
        stop = self.place[last] if last < len(self.base) else len(self.ours)
        return range(start, stop)

    def changed_regions(self) -> Iterator[Region]:
        """Yield the stretches that the user changed, in order; of what was only added, the base is empty."""
        first = 0
        for last in (*sorted(self.place), len(self.base)):
            region = Region(range(first, last), self.ours_of(first, last))
            if region.base or region.ours:
                yield region
            first = last + 1

    def alike(self, number: int, region: Region) -> int | None:
        """Return the line of a region that the user most likely made of a base line."""
        if number not in region.base or not says_something(self.base[number]):
            return None
        places = {
            self.ours_keys[place]: place
            for place in reversed(region.ours)
            if says_something(self.ours[place])
        }
        likest = get_close_matches(self.base_keys[number], places, n=1)
        return places[likest[0]] if likest else None

    def moved(self, number: int) -> int | None:
        """Return where a base line went that is no longer at its place, if there is no doubt about it."""
        if not 0 <= number < len(self.base) or not says_something(self.base[number]):
            return None
        key = self.base_keys[number]
        once = self.base_keys.count(key) == self.ours_keys.count(key) == 1
        return self.ours_keys.index(key) if once else None
