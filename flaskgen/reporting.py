"""How a command reports its progress, without knowing who shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Reporter:
    """Keep notes and warnings, and show nothing; others show more."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Enter while the step lasts; an exception that leaves the block marks the step as failed."""
        yield

    def note(self, message: str) -> None:
        """Keep what follows from the user's choice, if nothing is wrong."""
        self.notes.append(message)

    def warn(self, message: str) -> None:
        """Keep a problem that does not stop the run."""
        self.warnings.append(message)

    def command(self, arguments: list[str]) -> None:
        """Say which program is about to be run."""

    def output(self, text: str) -> None:
        """Say a line that a program printed."""


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
