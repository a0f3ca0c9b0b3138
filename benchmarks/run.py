"""Measure flaskgen against what people use instead: ``python benchmarks/run.py --help``."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from peers import prepare_peers
from rows.files import FileRows
from rows.large import large_rows
from rows.projects import ProjectRows
from surroundings import CHECKOUT, Surroundings, make_surroundings
from table import describe_machine, format_page
from timing import Result, Row, measure_row
from uv_project import Packages, UvProject, read_packages

PAGE = CHECKOUT / "docs" / "benchmarks.md"
PROJECT_ROWS = ("new", "no-verify", "first-page", "pip")
FILE_ROWS = ("cookiecutter", "copier", "help")
LARGE_ROWS = ("large", "large-copier")
NAMES = (*PROJECT_ROWS, *FILE_ROWS, *LARGE_ROWS)
PHASES = "phases"


def main() -> None:
    """Run the rows that were asked for, and write the page."""
    parser = argparse.ArgumentParser(description="Measure flaskgen in alternating pairs with its peers.")
    parser.add_argument("--pairs", type=_positive, default=7, metavar="N", help="pairs a row (default: 7)")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*NAMES, PHASES],
        metavar="ROW",
        help=f"{', '.join(NAMES)}, {PHASES}",
    )
    parser.add_argument(
        "--write",
        action=argparse.BooleanOptionalAction,
        help="write docs/benchmarks.md (default: only where all rows are measured)",
    )
    given = parser.parse_args()
    wanted = tuple(given.only or (*NAMES, PHASES))
    with TemporaryDirectory(prefix="flaskgen-benchmarks-") as name:
        page = _measure(Path(name).resolve(), wanted, pairs=given.pairs)
    print(page)
    if given.write if given.write is not None else not given.only:
        PAGE.write_text(page, encoding="utf-8")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of pairs")
    return int(text)


def _measure(root: Path, wanted: tuple[str, ...], *, pairs: int) -> str:
    load = os.getloadavg()[0]
    _say("installing flaskgen")
    surroundings = make_surroundings(root)
    packages = _warm_up(surroundings)
    results: list[Result] = []
    for row in _rows(surroundings, packages, wanted):
        _say(row.title)
        results.append(measure_row(row, pairs=pairs, scratch=root / "scratch"))
    phases = _measure_phases(surroundings, pairs) if PHASES in wanted else {}
    machine = describe_machine(surroundings, packages.python, load=load)
    return format_page(results, phases, machine, day=datetime.datetime.now(tz=datetime.UTC).date())


def _warm_up(surroundings: Surroundings) -> Packages:
    """Fill the caches with one project, and read from it what both sides install."""
    folder = surroundings.root / "first"
    folder.mkdir()
    outcome = surroundings.run(
        surroundings.flaskgen, "new", "shop", "--preset", "web", "--yes", "--json", cwd=folder
    )
    (folder / "shop" / "outcome.json").write_text(outcome)
    return read_packages(surroundings, folder / "shop")


def _rows(surroundings: Surroundings, packages: Packages, wanted: tuple[str, ...]) -> Iterator[Row]:
    """Give the wanted rows in the table's order; what only some need is prepared for those alone."""
    rows: list[Row] = []
    if set(wanted) & set(PROJECT_ROWS):
        projects = ProjectRows(surroundings, UvProject(surroundings, packages))
        projects.require_same_versions(surroundings.root / "compared")
        rows += projects.rows()
    if set(wanted) & {*FILE_ROWS, *LARGE_ROWS}:
        peers = prepare_peers(surroundings)
        rows += FileRows(surroundings, peers).rows()
        if set(wanted) & set(LARGE_ROWS):
            rows += large_rows(surroundings, peers.python)
    return (row for row in rows if row.name in wanted)


def _measure_phases(surroundings: Surroundings, times: int) -> dict[str, float]:
    """Give the median seconds of each part of `flaskgen new`."""
    _say("where the time goes")
    folder = surroundings.root / "phases"
    program = Path(__file__).with_name("phases.py")
    runs: list[dict[str, float]] = []
    for _ in range(times):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        printed = surroundings.run(
            *(surroundings.python, program, repr(time.time())),
            *("new", "shop", "--preset", "web", "--yes"),
            cwd=folder,
        )
        runs.append(json.loads(printed.splitlines()[-1]))
    return {part: statistics.median(run[part] for run in runs) for part in runs[0]}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
