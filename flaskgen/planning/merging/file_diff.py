"""Unified diffs of whole files, as git and patch read them."""

from __future__ import annotations

import difflib
import io
from pathlib import PurePosixPath

from flaskgen.planning.merging.text_form import is_text

_NO_NEWLINE = "\\ No newline at end of file\n"


def file_diff(path: PurePosixPath, before: bytes | None, after: bytes | None) -> str:
    """Return the difference of two contents, None being a file that is not there; empty if there is none."""
    if before == after:
        return ""
    if not (is_text(before or b"") and is_text(after or b"")):
        return f"Binary files a/{path} and b/{path} differ\n"
    lines = difflib.unified_diff(
        _lines(before or b""),
        _lines(after or b""),
        fromfile="/dev/null" if before is None else f"a/{path}",
        tofile="/dev/null" if after is None else f"b/{path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def _lines(content: bytes) -> list[str]:
    """Split at newlines alone: a form feed or a lone carriage return does not end a line."""
    return io.StringIO(content.decode("utf-8", "replace"), newline="\n").readlines()
