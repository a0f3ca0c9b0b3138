"""The table of docs/rescue.md."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.marked_document import write_between

DOCUMENT = Path(__file__).parents[2] / "docs" / "rescue.md"
BEGIN, END = "<!-- projects -->", "<!-- end of projects -->"


class Measured(NamedTuple):
    """What came of rescuing a project."""

    id: str
    repository: str
    commit: str
    with_pip: bool
    """Whether it starts after `pip install -r` with Python 3.11."""
    starts: bool
    summary: str
    attempts: int
    seconds: float
    tests: bool
    """Whether its own tests passed."""


def write_document(measured: Sequence[Measured]) -> None:
    """Write the table, with the day and the machine."""
    write_between(DOCUMENT, BEGIN, END, compose(measured))


def compose(measured: Sequence[Measured]) -> str:
    """Return the table, below what it adds up to."""
    started = [one for one in measured if one.starts]
    attempts = [one.attempts for one in started] or [0]
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {platform.system()}, {os.cpu_count()} "
        f"processors: of {len(measured)} projects, {len(started)} start, and "
        f"{sum(one.with_pip for one in measured)} with `pip install -r` on Python 3.11. "
        f"Median number of attempts: {statistics.median(attempts):g}. "
        f"The tests of {sum(one.tests for one in measured)} projects pass.",
        "",
        "| project | with pip | rescued | attempts | time | tests pass | result |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in measured:
        marks = (
            _yes(one.with_pip),
            _yes(one.starts),
            one.attempts or "-",
            f"{one.seconds:.0f} s",
            _yes(one.tests),
        )
        summary = one.summary.partition("\n")[0].replace("|", " ")
        link = f"[{one.id}](https://github.com/{one.repository}/tree/{one.commit})"
        lines.append(f"| {' | '.join(map(str, (link, *marks, summary)))} |")
    return "\n".join(lines)


def _yes(value: bool) -> str:
    return "yes" if value else "-"
