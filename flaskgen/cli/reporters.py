"""Show progress on stderr: a live line a step on a terminal, a plain line a step elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import cycle
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import click

from flaskgen.cli.terminal import one_line, say, shows_progress, someone_is_there
from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.reporting import command_line


class Display(NamedTuple):
    """How much is shown, and in which form."""

    as_json: bool
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Display:
        return cls(given["as_json"], given["quiet"], given["verbose"])

    @property
    def can_ask(self) -> bool:
        return not (self.as_json or self.quiet) and someone_is_there()

    def session(self) -> Session:
        """Return a run whose progress is shown so, as far as stderr can show it."""
        if self.quiet or self.as_json:
            return Session()
        if self.verbose:
            return Session(VerboseReporter())
        return Session(LiveReporter() if shows_progress() else PlainReporter())


class PlainReporter(Reporter):
    """Show a line for each step when it is done."""

    def note(self, message: str) -> None:
        super().note(message)
        self._print(f"{click.style('note', fg='cyan', bold=True)}: {one_line(message)}")

    def warn(self, message: str) -> None:
        super().warn(message)
        self._print(f"{click.style('warning', fg='yellow', bold=True)}: {one_line(message)}")

    def _print(self, line: str) -> None:
        say(line)

    def _finish(self, title: str, seconds: float) -> None:
        say(f"{title} ({seconds:.1f} s)")

    def _fail(self, title: str, seconds: float) -> None:
        say(f"{title}: failed after {seconds:.1f} s")


class VerboseReporter(PlainReporter):
    """Also show each command and its output."""

    def command(self, arguments: list[str]) -> None:
        # Of a program that Python is given as an argument, the first line says enough.
        lines = (argument.partition("\n") for argument in arguments)
        shown = command_line([f"{first} ..." if end else first for first, end, _ in lines])
        say(click.style(f"$ {shown}", dim=True))

    def output(self, text: str) -> None:
        say(click.style(f"  {text}", dim=True))


class LiveReporter(PlainReporter):
    """Show a line for the current step, redrawn with its elapsed time, and ticked when done."""

    _FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
    _INTERVAL = 0.1

    def __init__(self) -> None:
        super().__init__()
        self._drawing = threading.Lock()
        self._ended: SimpleQueue[None] = SimpleQueue()

    def _print(self, line: str) -> None:
        with self._drawing:
            _erase_line()
            say(line)

    def _begin(self, title: str) -> None:
        self._ended = SimpleQueue()  # no Event, which a signal in the main thread can leave locked forever
        with interruptions_held():
            threading.Thread(target=self._paint, args=(title, self._ended), daemon=True).start()

    def _paint(self, title: str, ended: SimpleQueue[None]) -> None:
        started = time.perf_counter()
        for frame in cycle(self._FRAMES):
            with self._drawing:
                if not ended.empty():
                    return
                _erase_line()
                # A line that wraps could not be erased again.
                text = f" {title} {time.perf_counter() - started:.1f} s"[: max(0, _columns() - 2)]
                say(click.style(frame, fg="cyan") + text, nl=False)
            with suppress(Empty):
                return ended.get(timeout=self._INTERVAL)

    def _finish(self, title: str, seconds: float) -> None:
        self._close("✓", "green", f"{title} {click.style(f'{seconds:.1f} s', dim=True)}")

    def _fail(self, title: str, seconds: float) -> None:
        self._close("✗", "red", title)

    def _close(self, mark: str, colour: str, text: str) -> None:
        with self._drawing:
            self._ended.put(None)
            _erase_line()
            say(f"{click.style(mark, fg=colour)} {text}")


def _erase_line() -> None:
    say("\r\x1b[K", nl=False, moves=True)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
