"""Time two sides in alternating pairs, and what is left of that: medians and their ratio."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Measure = Callable[[Path], float]
"""Does one thing in an empty folder and gives what it took; usually seconds."""


@dataclass(frozen=True)
class Side:
    """One of the two things that a row compares."""

    label: str
    measure: Measure


@dataclass(frozen=True)
class Row:
    """A line of the table: two sides, and the ratio of ours to theirs that is wanted."""

    name: str
    """What ``--only`` takes."""
    title: str
    goal: float
    ours: Side
    theirs: Side
    unit: str = "s"
    most_pairs: int | None = None
    """For what takes minutes."""


@dataclass(frozen=True)
class Result:
    """What came of a row's pairs, in order."""

    row: Row
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def pair_ratios(self) -> tuple[float, ...]:
        """The ratio within each pair, smallest first: how sure the ratio is."""
        return tuple(sorted(ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)))

    @property
    def met(self) -> bool:
        return self.ratio <= self.row.goal


def measure_row(row: Row, *, pairs: int, scratch: Path) -> Result:
    """Run both sides once to warm the caches, then in pairs, of which every second one is turned round.

    ``scratch`` is made and removed for every run, outside what is timed.
    """
    for side in (row.ours, row.theirs):
        _once(side, scratch)
    ours: list[float] = []
    theirs: list[float] = []
    sides = [(row.ours, ours), (row.theirs, theirs)]
    for _ in range(min(pairs, row.most_pairs or pairs)):
        for side, times in sides:
            times.append(_once(side, scratch))
        sides.reverse()
    return Result(row, tuple(ours), tuple(theirs))


def _once(side: Side, scratch: Path) -> float:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    taken = side.measure(scratch)
    print(f"  {side.label}: {taken:.3f}", file=sys.stderr, flush=True)
    shutil.rmtree(scratch, ignore_errors=True)
    return taken
