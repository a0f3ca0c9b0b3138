"""How much work a function does, counted in calls: the same number on every machine and under every load."""

from __future__ import annotations

import sys
from collections.abc import Callable


def calls_of(function: Callable[[], object]) -> int:
    """Call a function, and return how many calls and returns, of C functions too, that took."""
    count = 0

    def profile(*event: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def grows_in_step(work: Callable[[int], int], size: int) -> bool:
    """Return whether work grows with its size, and not faster: from twice to four times by twice as much."""
    work(1)  # fills caches
    once, twice, four_times = (work(count * size) for count in (1, 2, 4))
    return four_times - twice < 2.3 * (twice - once)
