"""Some of the points at which runs are killed, and some errors of the system, for the default tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.reliability.faults import FAILING, Fault, fail_at, faults
from tests.reliability.kills import Harness, Moment, NotReached, Point, evenly, has_strace, moments
from tests.reliability.scenarios import SCENARIOS, World

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not has_strace(), reason="strace, which kills a run at a call, is not installed"),
]


@pytest.fixture
def harness_of(tmp_path: Path) -> Callable[[str], Harness]:
    def harness_of(name: str) -> Harness:
        return Harness(SCENARIOS[name], World(tmp_path / "world").make(), tmp_path / "run")

    return harness_of


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("new", 10),
        *((name, 5) for name in ("add", "remove", "option", "update", "upgrade", "undo", "freeze")),
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
    assert len(wrong) > number // 2


@pytest.mark.parametrize("name", ["new", "add", "undo"])
def test_an_error_of_the_system_leaves_nothing_half_made(
    harness_of: Callable[[str], Harness], name: str
) -> None:
    harness = harness_of(name)
    wrong = {str(fault): fail_at(harness, fault) for fault in faults(harness.points(FAILING), 4)}
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
