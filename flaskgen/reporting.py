"""How a text, a number, a list, a command or the end of a program is written in a message."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterable, Sequence


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


def quote(argument: str) -> str:
    """Return an argument as the shell reads it: one of POSIX, or on Windows cmd.exe or PowerShell.

    To cmd.exe single quotes are part of a name, and to PowerShell the comma separates.
    """
    if sys.platform == "win32":
        is_plain = re.fullmatch(r"[\w@%+=:./\\-]+", argument, re.ASCII)
        return argument if is_plain else f'"{argument}"'
    import shlex  # late: `--help` names no command

    return shlex.quote(argument)


def command_line(arguments: Iterable[str]) -> str:
    return " ".join(map(quote, arguments))


def how_it_ended(returncode: int) -> str:
    """Return how a program ended, as the rest of a sentence that begins with its name."""
    if returncode >= 0:
        return f"failed with exit code {returncode}"
    try:
        return f"was killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"was killed by signal {-returncode}"


def advice_after(returncode: int) -> str:
    """Return what to do about a program that a signal ended."""
    if returncode == -getattr(signal, "SIGKILL", 0):
        return "the system may have run out of memory; close other programs, and try again"
    if returncode == -getattr(signal, "SIGXFSZ", 0):
        return "the size of files is limited; try ulimit -f unlimited"
    return "try again; -v shows what it printed"
