"""Commands as the user can paste them into a shell."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable

_PLAIN_ON_WINDOWS = re.compile(r"[\w@%+=:./\\-]+", re.ASCII)


def quote(argument: str) -> str:
    """Return an argument as the shell reads it: one of POSIX, or on Windows cmd.exe or PowerShell.

    To cmd.exe single quotes are part of a name, and to PowerShell the comma separates.
    """
    if sys.platform == "win32":
        return argument if _PLAIN_ON_WINDOWS.fullmatch(argument) else f'"{argument}"'
    return shlex.quote(argument)


def join(arguments: Iterable[str]) -> str:
    """Return a command line."""
    return " ".join(map(quote, arguments))
