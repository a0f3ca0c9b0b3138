"""Interruptions, faults and races, for real: `python -m tests.reliability [PART]... [--points N] [--write]`.

The parts are `kills`, `signals`, `faults`, `disk`, `races` and `peers`; without any, all of them. Needs
strace, and for `disk` the right to mount. What each found is kept in build/, and `--write` puts it into
docs/reliability.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.matrix.cells import ROOT
from tests.reliability import concurrency
from tests.reliability.document import write_document
from tests.reliability.faults import FAILING, fail_at, faults, fill_disk
from tests.reliability.kills import Harness, Moment, NotReached, Point, evenly, moments
from tests.reliability.peers import Trial, generators
from tests.reliability.rows import Row
from tests.reliability.scenarios import SCENARIOS, World
from tests.reliability.signals import requests, stop_with

RESULTS = ROOT / "build" / "reliability.json"
STEPS = 20  # sizes of a disk, up to one that is large enough
SMALLEST, LARGEST = 64, 64 * 1024  # kilobytes

SHARES = {"new": 10, "add": 4, "remove": 2, "option": 2, "update": 2, "upgrade": 3, "undo": 4, "freeze": 3}
"""How the points are shared out among the commands."""


def main() -> int:
    """Run the parts, and return 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability")
    parser.add_argument("parts", nargs="*", metavar="PART", help="which parts to run; default: all")
    parser.add_argument("--points", type=int, default=1000, help="how many kills; the other parts have less")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    for part in options.parts or PARTS:
        _keep(part, PARTS[part](options.points))
    rows = [Row(**row) for part in _kept().values() for row in part]
    if options.write:
        write_document(rows)
    return 1 if any(row.failed and not row.peer for row in rows) else 0


def _kept() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return {part: found[part] for part in PARTS if part in found}


def _keep(part: str, rows: list[Row]) -> None:
    """Put the rows of a part in the place of older ones; another run may do the same for other parts."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**_kept(), part: [vars(row) for row in rows]}, indent=1))


def _with_harness(name: str, use: Callable[[Harness], Row]) -> Row:
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        root = Path(folder).resolve()
        row = use(Harness(SCENARIOS[name], World(root / "world").make(), root / "run"))
    print(row, flush=True)
    return row


def _kills(points: int) -> list[Row]:
    def kill(harness: Harness, number: int) -> Row:
        chosen = evenly(harness.points(), number * 3 // 4)
        row = Row("kills", harness.scenario.name)
        places: list[Point | Moment] = [*chosen, *moments(harness.seconds, number - len(chosen))]
        for where in places:
            with suppress(NotReached):
                row.note(str(where), harness.kill_at(where))
        return row

    return _shared(points, kill)


def _signals(points: int) -> list[Row]:
    def stop(harness: Harness, number: int) -> Row:
        row = Row("signals", harness.scenario.name)
        for request in requests(harness.seconds, number):
            fault, seconds = stop_with(harness, request)
            row.note(str(request), fault, seconds)
        return row

    return _shared(points * 3 // 10, stop)


def _faults(points: int) -> list[Row]:
    def fail(harness: Harness, number: int) -> Row:
        row = Row("faults", harness.scenario.name)
        for fault in faults(harness.points(FAILING), number):
            row.note(str(fault), fail_at(harness, fault))
        return row

    return _shared(points * 3 // 10, fail)


def _shared(points: int, use: Callable[[Harness, int], Row]) -> list[Row]:
    whole = sum(SHARES.values())

    def share_of(name: str) -> Callable[[Harness], Row]:
        return lambda harness: use(harness, max(1, points * SHARES[name] // whole))

    return [_with_harness(name, share_of(name)) for name in SHARES]


def _disk(points: int) -> list[Row]:
    def fill(harness: Harness) -> Row:
        row = Row("disk", harness.scenario.name)
        steps = STEPS if points >= STEPS else points
        for step in range(steps):
            size = round(SMALLEST * (LARGEST / SMALLEST) ** (step / (steps - 1)))
            fault, succeeded = fill_disk(harness, size)
            row.note(f"{size} KB", fault)
            row.succeeded += succeeded
        return row

    return [_with_harness("new", fill)]


def _races(points: int) -> list[Row]:
    def one_destination(harness: Harness) -> Row:
        row = Row("races", "8 runs on one destination")
        for number in range(max(1, points * 3 // 100)):
            where = harness.world, harness.folder
            row.note(f"race {number}", concurrency.race(*where, runs=8, expected=harness.after))
        return row

    def different(harness: Harness) -> Row:
        row = Row("races", "8 runs on 8 destinations, cold caches")
        for number in range(max(1, points // 100)):
            row.note(f"race {number}", concurrency.side_by_side(harness.world, harness.folder, runs=8))
        return row

    return [_with_harness("new", one_destination), _with_harness("new", different)]


def _peers(points: int) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        root = Path(folder).resolve()
        world = World(root / "world").make()
        for number, generator in enumerate(generators(world, root)):
            trial = Trial(generator, world, root / f"trial-{number}")
            rows += [trial.kill(points // 10), trial.fail(points * 3 // 100)]
            print(*rows[-2:], sep="\n", flush=True)
    return rows


PARTS: dict[str, Callable[[int], list[Row]]] = {
    "kills": _kills,
    "signals": _signals,
    "faults": _faults,
    "disk": _disk,
    "races": _races,
    "peers": _peers,
}

if __name__ == "__main__":
    sys.exit(main())
