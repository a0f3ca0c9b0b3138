"""A person at a real terminal: flaskgen in a pseudo-terminal."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

from tests.surroundings import MEASURED

ENTER, SPACE, DOWN, ESCAPE, SHIFT_TAB = "\r", " ", "\x1b[B", "\x1b", "\x1b[Z"
CTRL_C, CTRL_D = "\x03", "\x04"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>][A-Z0-9]?|\r")


class Terminal:
    """A run of flaskgen that sees a terminal."""

    def __init__(self, arguments: tuple[str, ...], *, cwd: Path, size: tuple[int, int], **environment: str):
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "flaskgen", *arguments],
            cwd=str(cwd),
            # Nobody answers here when the cursor's position is asked for.
            env=os.environ
            | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
            | MEASURED
            | environment,
            dimensions=size,
            encoding="utf-8",
            timeout=60,
        )
        self.child.delaybeforesend = None
        self._seen = ""

    def expect(self, text: str) -> None:
        """Wait until the text is on the screen, after what was waited for before."""
        self.child.expect_exact(text)
        self._seen += (self.child.before or "") + text

    def type(self, *keys: str) -> None:
        for key in keys:
            time.sleep(0.1)  # a prompt that is drawn may not read yet, and an escape sequence is one key
            self.child.send(key)

    def finish(self) -> int:
        """Wait for the end, and return the exit code as a shell does."""
        self.child.expect(pexpect.EOF)
        self._seen += self.child.before or ""
        self.child.close()
        if self.child.signalstatus is not None:
            return 128 + int(self.child.signalstatus)
        return int(self.child.exitstatus)

    @property
    def raw(self) -> str:
        """All that was printed, escape sequences too."""
        return self._seen

    @property
    def text(self) -> str:
        """All that was printed, without the escape sequences."""
        return _ESCAPES.sub("", self._seen)


@contextmanager
def at_terminal(
    *arguments: str, cwd: Path, size: tuple[int, int] = (40, 120), **environment: str
) -> Iterator[Terminal]:
    """Start flaskgen in a terminal; a run that is still there at the end is killed."""
    terminal = Terminal(arguments, cwd=cwd, size=size, **environment)
    try:
        yield terminal
    finally:
        if terminal.child.isalive():
            terminal.child.kill(signal.SIGKILL)
        terminal.child.close()
