"""Writes what the runs found into docs/reliability.md, between its two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.marked_document import write_between
from tests.matrix.cells import ROOT
from tests.reliability.rows import Row

DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- runs: made by `python -m tests.reliability --write` -->", "<!-- runs: end -->"


def write_document(rows: Sequence[Row]) -> None:
    """Replace what is between the marks."""
    write_between(DOCUMENT, BEGIN, END, format_rows(rows))


def format_rows(rows: Sequence[Row]) -> str:
    """Return the table of flaskgen's own runs, then that of the peers."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}.",
        "",
        "| what | of | runs | went wrong | longest end after a signal |",
        "|---|---|--:|--:|--:|",
    ]
    for row in (row for row in rows if not row.peer):
        longest = f"{row.longest:.2f} s" if row.longest else ""
        lines.append(f"| {row.part} | {row.subject} | {row.runs} | {row.failed} | {longest} |")
    lines += [
        "",
        "The same kills and errors, for generators that make files alone. Debris is what is there and is not",
        "whole; flaskgen's next run knows its own by the log, and clears it.",
        "",
        "| what | generator | runs | led to |",
        "|---|---|--:|---|",
    ]
    lines += [
        f"| {row.part} | {row.subject} | {row.runs} | {row.said.removeprefix('; ')} |"
        for row in rows
        if row.peer
    ]
    return "\n".join(lines) + "\n"
