"""Print a generated page of the documentation, or write it to its file."""

from __future__ import annotations

import argparse
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def print_or_write(name: str, text: str, *, description: str) -> None:
    """Print the page, or with ``--write`` on the command line replace the file of that name in docs/."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--write", action="store_true", help=f"write docs/{name}")
    if parser.parse_args().write:
        (DOCS / name).write_text(text, encoding="utf-8", newline="\n")
    else:
        print(text, end="")
