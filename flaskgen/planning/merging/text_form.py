"""Text files: their form (byte order mark, line ends, indentation, last newline), and their differences."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Sequence
from math import gcd
from pathlib import PurePosixPath
from typing import NamedTuple

_INDENT = r"[ \t]*(?=\S)"
_BOM = codecs.BOM_UTF8.decode()
_NO_NEWLINE = "\\ No newline at end of file\n"


class TextForm(NamedTuple):
    """The form that a user gave a file, in which lines of a template can be put.

    A carriage return is part of a line's text, so that files whose lines end differently stay as they are.
    """

    bom: bool
    newline: str
    final_newline: bool
    tabs: bool
    """Whether indented lines are so by tabs."""

    def read(self, content: bytes) -> list[str]:
        """Return the lines of a file of this form; bytes that are not UTF-8 survive a round trip."""
        text = _decode(content).removeprefix(_BOM)
        if not self.final_newline:
            text += self.newline
        return text.split("\n")[:-1]

    def adopt(self, content: bytes) -> list[str]:
        """Return the lines of a template's file as they would stand in a file of this form."""
        lines = _decode(content).split("\n")
        if lines[-1] == "":
            del lines[-1]
        if self.tabs:
            unit = gcd(*(len(line) - len(line.lstrip(" ")) for line in lines if line.strip())) or 1
            lines = [_with_tabs(line, unit) for line in lines]
        return [line + self.newline[:-1] for line in lines]

    def write(self, lines: Sequence[str], *, keep_end: bool) -> bytes:
        """Return the bytes of lines; ``keep_end`` leaves out a last newline that the file did not have."""
        text = "".join(f"{line}\n" for line in lines)
        if keep_end and not self.final_newline:
            text = text.removesuffix(self.newline)
        return (_BOM * self.bom + text).encode("utf-8", "surrogateescape")


def form_of(content: bytes) -> TextForm:
    """Return the form of a file: what most of its lines are."""
    text = _decode(content)
    windows, all_ends = text.count("\r\n"), text.count("\n")
    indents = [found[0] for line in text.splitlines() if (found := re.match(_INDENT, line)) and found[0]]
    return TextForm(
        bom=text.startswith(_BOM),
        newline="\r\n" if windows * 2 > all_ends else "\n",
        final_newline=not text or text.endswith("\n"),
        tabs=sum(indent.startswith("\t") for indent in indents) * 2 > len(indents),
    )


def is_text(content: bytes) -> bool:
    """Return whether a file is text, as git sees it."""
    return b"\0" not in content[:8000]


def file_diff(path: PurePosixPath, before: bytes | None, after: bytes | None) -> str:
    """Return the unified diff of two contents; None is a file that is not there. Empty if there is none."""
    import difflib  # late: few commands show differences

    if before == after:
        return ""
    old, new = before or b"", after or b""
    if not (is_text(old) and is_text(new)):
        return f"Binary files a/{path} and b/{path} differ\n"
    lines = difflib.unified_diff(
        _lines(old),
        _lines(new),
        fromfile="/dev/null" if before is None else f"a/{path}",
        tofile="/dev/null" if after is None else f"b/{path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def _lines(content: bytes) -> list[str]:
    """Split at newlines alone: a form feed or a lone carriage return does not end a line."""
    return io.StringIO(content.decode("utf-8", "replace"), newline="\n").readlines()


def _decode(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _with_tabs(line: str, unit: int) -> str:
    stripped = line.lstrip(" ")
    depth, rest = divmod(len(line) - len(stripped), unit)
    return "\t" * depth + " " * rest + stripped
