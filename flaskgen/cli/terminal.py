"""What the command line is connected to."""

from __future__ import annotations

import os
import sys


def someone_is_there() -> bool:
    """Tell whether a person can be asked: input and output are a terminal that can move its cursor."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"


def shows_progress() -> bool:
    """Tell whether a line on stderr can be drawn again and again."""
    return _is_terminal(sys.stderr) and os.environ.get("TERM", "dumb") != "dumb"


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError, OSError):  # closed, or none at all
        return False
