"""Time two sides in alternating pairs: medians, and their ratio."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

Measure = Callable[[Any, Path], float]
"""Does one thing, with what was prepared, in an empty directory; returns the seconds that count."""


@dataclass(frozen=True)
class Side:
    """One of the two things that a row compares."""

    label: str
    measure: Measure


@dataclass(frozen=True)
class Row:
    """A row of the table: two sides, and what is wanted of ours."""

    name: str
    """What the command line takes."""
    title: str
    goal: float | None
    """The largest ratio of ours to theirs that is wanted; None if they do not do the same."""
    ours: Side
    theirs: Side
    most_seconds: float | None = None
    """The largest median of ours that is wanted as well."""
    most_pairs: int | None = None
    """For what takes long."""


@dataclass(frozen=True)
class Result:
    """The seconds of a row's pairs, in order."""

    row: Row
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def pair_ratios(self) -> tuple[float, ...]:
        """The ratio within each pair, smallest first: how far the ratio can be relied on."""
        return tuple(sorted(ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)))

    @property
    def met(self) -> bool:
        goal, most = self.row.goal, self.row.most_seconds
        close = goal is None or self.ratio <= goal
        return close and (most is None or statistics.median(self.ours) <= most)


def measure_row(row: Row, bench: Any, *, pairs: int, scratch: Path) -> Result:
    """Run both sides once to warm the caches, then in pairs, every second one in reverse order.

    Each run has a directory of its own below ``scratch``, which is removed in the end: ext4 creates files
    ten times as slowly while it remembers others that were just deleted.
    """
    runs = (scratch / str(number) for number in count())
    for side in (row.ours, row.theirs):
        _once(side, bench, next(runs))
    ours: list[float] = []
    theirs: list[float] = []
    sides = [(row.ours, ours), (row.theirs, theirs)]
    for _ in range(min(pairs, row.most_pairs or pairs)):
        for side, times in sides:
            times.append(_once(side, bench, next(runs)))
        sides.reverse()
    shutil.rmtree(scratch)
    return Result(row, tuple(ours), tuple(theirs))


def _once(side: Side, bench: Any, scratch: Path) -> float:
    scratch.mkdir(parents=True)
    taken = side.measure(bench, scratch)
    print(f"  {side.label}: {taken:.3f} s", file=sys.stderr, flush=True)
    return taken
