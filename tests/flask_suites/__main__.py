"""Flask's own test suites with our versions: `python -m tests.flask_suites [--only 3.1] [--write]`.

The suite of each series, on the oldest and the newest Python of this machine that it works on. What fails has
to be in expected.toml, with its reason, and what is there has to fail. `--write` writes
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

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from tests.flask_suites.expected import Comparison, compare
from tests.flask_suites.running import run_suite
from tests.marked_document import write_between
from tests.matrix.cells import ROOT, all_interpreters, refusal_of

DOCUMENT = ROOT / "docs" / "compatibility.md"
BEGIN, END = "<!-- suites: made by `python -m tests.flask_suites --write` -->", "<!-- suites: end -->"
_WORKERS = 2


def main() -> int:
    """Run the suites, and return 1 if one differs from what is expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.flask_suites")
    parser.add_argument("--only", metavar="SERIES", help="the suite of this series alone")
    parser.add_argument("--write", action="store_true", help="write the table of docs/compatibility.md")
    options = parser.parse_args()
    pairs = [pair for pair in _pairs() if options.only in (None, pair[0].name)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        results = []
        for comparison in pool.map(_run, *zip(*pairs, strict=True)):
            results.append(comparison)
            print(comparison, flush=True)
    if options.write and not options.only:
        write_between(DOCUMENT, BEGIN, END, _format_table(results))
    return 0 if all(one.as_expected for one in results) else 1


def _pairs() -> Iterator[tuple[FlaskSeries, Interpreter]]:
    for series in reversed(load_series()):
        able = [one for one in all_interpreters() if not refusal_of(FlaskRelease(series.tested, series), one)]
        yield from ((series, interpreter) for interpreter in dict.fromkeys((able[0], able[-1])))


def _run(series: FlaskSeries, interpreter: Interpreter) -> Comparison:
    with tempfile.TemporaryDirectory(prefix="flask-suite-") as folder:
        return compare(series, interpreter.minor, run_suite(series, interpreter, Path(folder).resolve()))


def _format_table(results: list[Comparison]) -> str:
    rows = [
        f"{datetime.now(UTC):%Y-%m-%d}:",
        "",
        "| Flask | Python | passed | failed | because |",
        "|---|---|---|---|---|",
    ]
    for one in results:
        reasons = "; ".join(one.reasons) or "-"
        rows.append(f"| {one.release} | {one.python} | {one.passed} | {len(one.failures)} | {reasons} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
