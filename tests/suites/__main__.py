"""The suites of Flask and its extensions with our versions: `python -m tests.suites [--only WORD] [--write]`.

Each suite of subjects.toml, on the oldest and the newest Python of this machine that the series works on.
What fails has to be in expected.toml, with its reason, and what is there has to fail. `--write` writes
docs/compatibility.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from tests.marked_document import write_between
from tests.matrix.cells import ROOT, all_interpreters, refusal_of
from tests.suites.expected import Comparison, compare
from tests.suites.running import run_suite
from tests.suites.subjects import Subject, read_subjects

DOCUMENT = ROOT / "docs" / "compatibility.md"
BEGIN, END = "<!-- suites: made by `python -m tests.suites --write` -->", "<!-- suites: end -->"
_WORKERS = 2


class _Cell(NamedTuple):
    subject: Subject
    series: FlaskSeries
    interpreter: Interpreter

    @property
    def words(self) -> set[str]:
        return {self.subject.name, self.series.name, self.interpreter.minor}


def main() -> int:
    """Run the suites, and return 1 if one differs from what is expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.suites")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="WORD",
        help="suites of this distribution, series or Python, or of two of them: Flask-Login 3.1",
    )
    parser.add_argument("--write", action="store_true", help="write the table of docs/compatibility.md")
    options = parser.parse_args()
    cells = [cell for cell in _cells() if cell.words.issuperset(options.only)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        results = []
        for comparison in pool.map(_run, cells):
            results.append(comparison)
            print(comparison, flush=True)
    if options.write and not options.only:
        write_between(DOCUMENT, BEGIN, END, _format_table(results))
    return 0 if all(one.as_expected for one in results) else 1


def _cells() -> Iterator[_Cell]:
    for subject in read_subjects():
        for series in reversed(load_series()):
            if series.name in subject.series:
                release = FlaskRelease(series.tested, series)
                able = [one for one in all_interpreters() if not refusal_of(release, one)]
                for interpreter in dict.fromkeys((able[0], able[-1])):
                    yield _Cell(subject, series, interpreter)


def _run(cell: _Cell) -> Comparison:
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        run = run_suite(cell.subject, cell.series, cell.interpreter, Path(folder).resolve())
    return compare(cell.subject.name, cell.series.name, cell.interpreter.minor, run)


def _format_table(results: list[Comparison]) -> str:
    rows = [
        f"{datetime.now(UTC):%Y-%m-%d}:",
        "",
        "| suite | Flask | Python | passed | skipped | failed | because |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in results:
        reasons = "; ".join(one.reasons) or "-"
        counts = f"{one.run.passed} | {one.run.skipped} | {len(one.run.failures)}"
        rows.append(f"| {one.name} {one.run.version} | {one.series} | {one.python} | {counts} | {reasons} |")
    rows += ["", "| no suite | because |", "|---|---|"]
    rows += [f"| {one.name} | {one.without} |" for one in read_subjects() if one.without]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
