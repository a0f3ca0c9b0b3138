"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; a line break or a bar in a cell would end it."""
    lines = [
        list(heading),
        [],
        *([cell.replace("\n", " ").replace("|", r"\|") for cell in row] for row in rows),
    ]
    lines[1] = ["---"] * len(lines[0])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def codes(texts: Iterable[str]) -> str:
    """Return texts as code, separated by commas."""
    return ", ".join(f"`{text}`" for text in texts)
