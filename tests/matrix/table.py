"""Writes the matrix into docs/compatibility.md, between its two marks."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.marked_document import write_between
from tests.matrix.cells import ROOT, Result

DOCUMENT = ROOT / "docs" / "compatibility.md"
BEGIN, END = "<!-- matrix: made by `python -m tests.matrix --write` -->", "<!-- matrix: end -->"


def write_tables(results: Sequence[Result]) -> None:
    """Replace what is between the marks."""
    write_between(DOCUMENT, BEGIN, END, format_tables(results))


def format_tables(results: Sequence[Result]) -> str:
    """Return the table of lines and Pythons, then the refused pairs that were forced."""
    words = [
        (line, python, kind, result) for result in results for line, python, kind in [result.cell.split()]
    ]
    cells = {(line, python, kind): result for line, python, kind, result in words if kind != "forced"}
    lines = list(dict.fromkeys(line for line, _, _ in cells))
    pythons = list(dict.fromkeys(python for _, python, _ in cells))
    made = sum(kind != "refused" for _, _, kind in cells)
    failed = sum(not result.passed for result in results)
    rows = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}: {made} projects made, "
        f"{len(cells) - made} pairs refused, {failed} failures.",
        "",
        f"| Flask | {' | '.join(f'Python {python}' for python in pythons)} |",
        f"|---|{'---|' * len(pythons)}",
    ]
    rows += [f"| {line} | {' | '.join(_cell(cells, line, python) for python in pythons)} |" for line in lines]
    rows += [
        "",
        "Refused pairs that were forced, to see them fail:",
        "",
        "| Flask | Python | it says |",
        "|---|---|---|",
    ]
    rows += [
        f"| {release} | {python} | {_code(result.said) if result.passed else 'it did not fail as recorded'} |"
        for release, python, kind, result in words
        if kind == "forced"
    ]
    return "\n".join(rows) + "\n"


def _code(text: str) -> str:
    """Return a line of an installer or a traceback without its preamble, its conclusion and paths."""
    text = text.removeprefix("cause: Because ").partition(", we can conclude")[0]
    text = re.sub(r" \(/[^)]*\)", "", text)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _cell(cells: dict[tuple[str, str, str], Result], line: str, python: str) -> str:
    if refused := cells.get((line, python, "refused")):
        return "-" if refused.passed else "not refused"
    found = [cells[line, python, kind] for kind in ("none", "all") if (line, python, kind) in cells]
    return " / ".join(result.said.split()[0] if result.passed else "**fails**" for result in found)
