"""Runs that are asked to stop, at random moments, by each of the signals that end a program."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.e2e.runs import wait_until_none_with_home
from tests.reliability.kills import Harness
from tests.reliability.state import difference, state_of

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
UNDONE = ("nothing was", "was removed")
PATIENCE = 20  # seconds; how long a run takes to end is reported, and decides nothing


@dataclass(frozen=True)
class Request:
    """A signal to flaskgen after so many seconds, sent again during the clean-up or not."""

    seconds: float
    number: signal.Signals
    twice: bool = False

    def __str__(self) -> str:
        return f"{self.number.name}{' twice' if self.twice else ''} after {self.seconds:.3f} s"


def requests(seconds: float, number: int, *, seed: int = 0) -> Iterator[Request]:
    """Yield random moments of a run of so many seconds; every sixth signal comes twice."""
    chance = random.Random(seed)
    for index in range(number):
        yield Request(chance.uniform(0.02, seconds), SIGNALS[index % 3], twice=index % 6 == 5)


def stop_with(harness: Harness, request: Request) -> tuple[str | None, float]:
    """Stop one run, and return what is wrong, if anything is, and the seconds that the run took to end."""
    scenario, world = harness.scenario, harness.world
    here = harness.fresh()
    run = world.start(*scenario.arguments, cwd=scenario.cwd(here))
    time.sleep(request.seconds)
    begun = time.monotonic()
    run.send_signal(request.number)
    if request.twice:
        time.sleep(0.01)
        run.send_signal(request.number)
    _, stderr = run.communicate(timeout=PATIENCE)
    took = time.monotonic() - begun
    if alive := wait_until_none_with_home(world.root / "home"):
        return f"still alive: {alive}", took
    found = state_of(world, here)
    if run.returncode == 0:
        return (None if found == harness.after else "it succeeded, but not wholly"), took
    if run.returncode not in (128 + request.number, -request.number):
        return f"exit code {run.returncode}: {stderr}", took
    if "Traceback" in stderr:
        return stderr, took
    if found == harness.before:
        return None, took
    if found == harness.after and not any(words in stderr for words in UNDONE):
        return None, took  # it came when all was done, which is then said
    return f"something is left: {difference(found, harness.before)}; it says {stderr}", took
