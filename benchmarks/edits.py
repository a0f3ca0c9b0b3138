"""Measure how often typical edits conflict when extensions are added and removed, and write the table.

Run it from the top of the checkout: `python benchmarks/edits.py`. It needs git, and installs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "edits.md"
sys.path.insert(0, str(ROOT))

from tests.edits.cases import EDITS, Edit  # noqa: E402
from tests.edits.measure import EXTENSIONS, PlainGit, Result, change_each  # noqa: E402
from tests.marked_document import write_between  # noqa: E402

BEGIN, END = "<!-- measured by benchmarks/edits.py -->", "<!-- end of what was measured -->"


def main() -> None:
    rows = [measure(edit) for edit in EDITS]
    table = "\n".join(write_table(rows))
    write_between(TABLE, BEGIN, END, f"{table}\n")
    print(table)


def measure(edit: Edit) -> tuple[str, int, int, int, int]:
    """Give the edit's title, the number of changes, and how many conflict by git, here, and lose lines."""
    results, by_git = list(change_each(edit)), list(change_each(edit, PlainGit()))
    return (
        edit.title,
        len(results),
        conflicting(by_git),
        conflicting(results),
        sum(bool(result.lost) for result in results),
    )


def conflicting(results: list[Result]) -> int:
    return sum(bool(result.conflicts) for result in results)


def write_table(rows: list[tuple[str, int, int, int, int]]) -> Iterator[str]:
    changes, by_git, conflicts, lost = (sum(row[column] for row in rows) for column in (1, 2, 3, 4))
    yield (
        f"On {date.today()}, with {', '.join(EXTENSIONS)}: of {changes} changes of edited projects, "
        f"{by_git} conflict when git alone merges, and {conflicts} with flaskgen; in {lost} a line is lost."
    )
    yield ""
    yield "| edit | changes | conflicts, git alone | conflicts | lost lines |"
    yield "|---|---:|---:|---:|---:|"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


if __name__ == "__main__":
    main()
