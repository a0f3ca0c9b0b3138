"""Prints a command that README.md promises: the first `sh` block under a heading."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def readme_command(heading: str) -> str:
    """Return the text of the first fenced `sh` block under ``## heading``; SystemExit where there is none."""
    _, found, rest = README.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    block = re.search(r"^```sh\n(.*?)^```$", rest.partition("\n## ")[0], re.DOTALL | re.MULTILINE)
    if not found or not block:
        raise SystemExit(f"README.md has no `sh` block under the heading `{heading}`")
    return block[1].strip()


if __name__ == "__main__":
    print(readme_command(sys.argv[1]))
