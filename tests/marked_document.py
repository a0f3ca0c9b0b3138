"""Documents a part of which is written by a run, between two marks."""

from __future__ import annotations

from pathlib import Path


def write_between(document: Path, begin: str, end: str, text: str) -> None:
    """Replace what is between the marks, which stay."""
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    document.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8", newline="\n")
