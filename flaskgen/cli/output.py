"""Show facts on stdout: as a table, in detail, or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from flaskgen.reporting import quote

_NARROWEST = 24
"""Characters below which the last column is left to the terminal, which breaks lines better."""


def show_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of as many cells each, every column as wide as its widest cell.

    On a terminal the last column, which callers make the longest, is wrapped in itself; in a pipe a row is a
    line.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    indent = sum(widths[:-1]) + 2 * len(widths[:-1])
    room = shutil.get_terminal_size().columns - indent if sys.stdout.isatty() else 0
    for row in rows:
        for line in _lines(row, widths, indent, room):
            click.echo(line)


def _lines(row: Sequence[str], widths: Sequence[int], indent: int, room: int) -> Iterator[str]:
    *cells, last = row
    first, *more = textwrap.wrap(last, room) if last and room >= _NARROWEST else [last]
    cells = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    yield "  ".join([*cells, first]).rstrip()
    yield from (" " * indent + line for line in more)


def show_json(facts: object) -> None:
    """Print facts as JSON."""
    click.echo(json.dumps(facts, indent=2))


def show_list(title: str, lines: Sequence[str]) -> None:
    """Print lines below a title, or nothing if there are none."""
    if lines:
        click.echo(f"\n{title}:")
        for line in lines:
            click.echo(f"  {line}")


def aligned(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return names and what each means in two columns, a line each."""
    rows = list(pairs)
    width = max((len(first) for first, _ in rows), default=0)
    return [f"{first:<{width}}  {second}" for first, second in rows]


def enter_project(project: Path) -> list[str]:
    """Return the command that changes to a project; none if the current directory is in it."""
    try:
        here = Path.cwd()
    except OSError:
        return [f"cd {quote(str(project))}"]
    if here.is_relative_to(project):
        return []
    return [f"cd {quote(str(project.relative_to(here) if project.is_relative_to(here) else project))}"]
