"""How a text, a number or a list is written in a message."""

from __future__ import annotations

from collections.abc import Sequence


def printable(text: str, *, longest: int = 60) -> str:
    """Return one line of a text: what does not print is escaped, and the middle of a long one skipped."""
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return line if len(line) <= longest else f"{line[: longest // 2]}...{line[-longest // 2 :]}"


def counted(number: int, noun: str) -> str:
    """Return ``1 file``, or ``3 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def first_of(names: Sequence[str], most: int) -> str:
    """Return some of many names, and how many more there are: ``a, b and 3 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
