"""Some of the points at which runs are killed, and some errors of the system, for the default tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

import pytest

from tests.reliability.faults import FAILING, Fault, fail_at, faults
from tests.reliability.kills import Harness, Moment, NotReached, Point, evenly, has_strace, moments
from tests.reliability.scenarios import SCENARIOS, World

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not has_strace(), reason="strace, which kills a run at a call, is not installed"),
]


@pytest.fixture(scope="module")
def harness_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Harness]:
    """Prepares each command once; all share a package cache, which is not the one of the other tests."""
    world = World(tmp_path_factory.mktemp("world")).make()
    return cache(lambda name: Harness(SCENARIOS[name], world, tmp_path_factory.mktemp(name)))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("new", 3),
        ("add", 3),
        # They write as `add` does.
        *((name, 2) for name in ("upgrade", "freeze")),
        *(pytest.param(name, 4, marks=pytest.mark.slow) for name in ("remove", "option", "update", "undo")),
    ],
    ids=lambda value: str(value),
)
def test_a_killed_run_leaves_nothing_half_made(
    harness_of: Callable[[str], Harness], name: str, number: int
) -> None:
    harness = harness_of(name)
    chosen = evenly(harness.points(), number * 3 // 4)
    wrong = {}
    places: list[Point | Moment] = [*chosen, *moments(harness.seconds, number - len(chosen))]
    for where in places:
        with suppress(NotReached):
            wrong[str(where)] = harness.kill_at(where)
    assert {where: fault for where, fault in wrong.items() if fault} == {}
    # The number of the last calls differs by a few, and a moment may come after the end.
    assert len(wrong) >= len(chosen) - 1


@pytest.mark.parametrize("name", ["new", "add", "undo"])
def test_an_error_of_the_system_leaves_nothing_half_made(
    harness_of: Callable[[str], Harness], name: str
) -> None:
    harness = harness_of(name)
    wrong = {str(fault): fail_at(harness, fault) for fault in faults(harness.points(FAILING), 3)}
    assert {fault: what for fault, what in wrong.items() if what} == {}


def test_a_roll_back_that_fails_is_told_and_completed_by_the_next_run(
    harness_of: Callable[[str], Harness],
) -> None:
    harness = harness_of("add")
    told = 0
    for point in evenly(harness.points("rename"), 6)[2:]:
        assert fail_at(harness, Fault(point, "ENOSPC", lasting=True)) is None, point
        told += "cannot restore `" in harness.said
    assert told > 1
