"""What is shown: facts on stdout, everything else on stderr, as far as the terminal can."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import click

from flaskgen.reporting import printable

COMPLETING = "_FLASKGEN_COMPLETE"
"""The variable by which a shell has its line completed."""
_UNATTENDED = ("CI", "AI_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CURSOR_AGENT", "GEMINI_CLI")
"""What CI services and coding agents set, whose terminals nobody looks at."""
_WIDEST = 1000  # characters
_NARROWEST = 24
"""Characters below which the last column is left to the terminal, which breaks lines better."""


def someone_is_there() -> bool:
    """Return whether the user can be prompted: input and output are a terminal that can move its cursor."""
    able = _is_terminal(sys.stdin) and _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
    return able and not _is_unattended()


def shows_progress() -> bool:
    """Return whether a line on stderr can be redrawn, and somebody sees it."""
    able = _is_terminal(sys.stderr) and os.environ.get("TERM", "dumb") != "dumb"
    return able and not _is_unattended()


def _is_unattended() -> bool:
    return any(os.environ.get(name, "") not in ("", "0", "false") for name in _UNATTENDED)


def wants_colour() -> bool | None:
    """Return what click expects: False if the user wants none, None if it depends on the stream.

    https://no-color.org
    """
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def say(text: str = "", *, nl: bool = True, moves: bool = False) -> None:
    """Print to stderr, where everything goes that is not data, from any thread.

    What cannot be written stays in the buffer, and is tried again with the next line and at the end. Text
    that ``moves`` the cursor is printed where no colours are.
    """
    with suppress(OSError):
        click.echo(text, err=True, nl=nl, color=moves or wants_colour())


def say_next(steps: Sequence[str]) -> None:
    """Print what to type next, if there is anything."""
    if steps:
        say("\nNext:")
    for step in steps:
        say(one_line(f"  {step}"))


def end_output() -> None:
    """Write what is left in the buffers; if that fails, the exit code alone says how it went."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # as it is if it was closed
                stream.flush()
        except (OSError, ValueError):
            # Python would try again at exit, and exit with 120.
            with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())


def one_line(text: str) -> str:
    """Return a message on one line: a path in it, or what somebody typed, can be of any kind and length."""
    return printable(text, longest=_WIDEST)


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError, OSError):  # closed, or none at all
        return False


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
    import textwrap  # late: --help shows no table

    *cells, last = row
    first, *more = textwrap.wrap(last, room) if last and room >= _NARROWEST else [last]
    cells = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    yield "  ".join([*cells, first]).rstrip()
    yield from (" " * indent + line for line in more)


def show_json(facts: object) -> None:
    import json

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
