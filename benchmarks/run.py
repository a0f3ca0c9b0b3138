"""Measure flaskgen against what people use instead: ``python benchmarks/run.py --help``."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from page import Machine, format_page
from pairs import measure_row
from peers import peer_versions
from rows import ROWS, Bench
from sandbox import CHECKOUT, PROJECT, Sandbox
from scaffolds import django_scaffold, flaskgen_scaffold, rails_scaffold

PAGE = CHECKOUT / "docs" / "benchmarks.md"
PHASES = "phases"
WRITTEN = "written"
WHOLE = "whole"


def main() -> None:
    """Measure the rows that were asked for, and print the page or write it."""
    parser = argparse.ArgumentParser(description="Measure flaskgen in alternating pairs with its peers.")
    names = [*(row.name for row in ROWS), WRITTEN, PHASES]
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--pairs", type=_positive, default=7, metavar="N", help="pairs a row (default: 7)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md; needs all rows")
    given = parser.parse_args()
    if unknown := set(given.rows) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if given.write and given.rows:
        parser.error("--write needs all rows")
    with TemporaryDirectory(prefix="flaskgen-benchmarks-") as root:
        page = _measure(Sandbox(Path(root).resolve()), given.rows or names, pairs=given.pairs)
    print(page)
    if given.write:
        PAGE.write_text(page, encoding="utf-8", newline="\n")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of pairs")
    return int(text)


def _measure(sandbox: Sandbox, wanted: list[str], *, pairs: int) -> str:
    load = os.getloadavg()[0]
    bench, results = Bench(sandbox), []
    for row in ROWS:
        if row.name in wanted:
            _say(row.title)
            results.append(measure_row(row, bench, pairs=pairs, scratch=sandbox.root / "scratch"))
    written = list(_count_written(sandbox)) if WRITTEN in wanted else []
    phases = _measure_phases(sandbox, times=pairs) if PHASES in wanted else {}
    machine = Machine(
        python=sandbox.run(sandbox.python, "--version").strip(),
        project_python=sandbox.run(bench.versions.python, "--version").strip(),
        uv=sandbox.run(sandbox.uv, "--version").partition(" (")[0].strip(),
        peers=peer_versions(),
        load=load,
    )
    return format_page(results, written, phases, machine, day=datetime.datetime.now(tz=datetime.UTC).date())


def _count_written(sandbox: Sandbox) -> Iterator[tuple[str, int, int, int]]:
    """Yield what each generator of resources adds: files, lines, and lines of tests."""
    _say("what was written")
    for scaffold in (flaskgen_scaffold(sandbox, install=True), rails_scaffold(), django_scaffold(sandbox)):
        with TemporaryDirectory(dir=sandbox.root) as directory:
            yield scaffold.label, *scaffold.written(sandbox, Path(directory))


def _measure_phases(sandbox: Sandbox, *, times: int) -> dict[str, float]:
    """Return the median seconds of each part of `flaskgen new`, after one run that warms the caches."""
    _say("where the time goes")
    program = Path(__file__).with_name("phases.py")
    runs: list[dict[str, float]] = []
    for _ in range(times + 1):
        with TemporaryDirectory(dir=sandbox.root) as directory:
            started = time.time()
            printed = sandbox.run(
                *(sandbox.python, program, repr(started), "new", PROJECT, "--preset", "web", "--yes"),
                cwd=Path(directory),
            )
            runs.append(json.loads(printed.splitlines()[-1]) | {WHOLE: time.time() - started})
    del runs[0]
    parts = dict.fromkeys(part for run in runs for part in run if part != WHOLE)
    return {part: statistics.median(run.get(part, 0.0) for run in runs) for part in [*parts, WHOLE]}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
