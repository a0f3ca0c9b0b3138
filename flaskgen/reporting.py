"""How a command reports its progress, without knowing who shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Reporter(Protocol):
    """Show steps, notes, warnings and the commands that are run."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Enter while the step lasts; an exception that leaves the block marks the step as failed."""

    def note(self, message: str) -> None:
        """Show what follows from the user's choice, if nothing is wrong."""

    def warn(self, message: str) -> None:
        """Show a problem that does not stop the run."""

    def command(self, arguments: list[str]) -> None:
        """Show which program is about to be run."""

    def output(self, text: str) -> None:
        """Show a line that a program printed."""


class SilentReporter:
    """Keep notes and warnings, and show nothing."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        yield

    def note(self, message: str) -> None:
        self.notes.append(message)

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def command(self, arguments: list[str]) -> None:
        pass

    def output(self, text: str) -> None:
        pass


def printable(text: str, *, longest: int = 60) -> str:
    """Return one line of a text: what does not print is escaped, and the middle of a long one skipped."""
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return line if len(line) <= longest else f"{line[: longest // 2]}...{line[-longest // 2 :]}"
