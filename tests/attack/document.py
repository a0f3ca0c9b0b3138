"""Writes the results into docs/security.md, between two marks each."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.attack.table import Result
from tests.marked_document import write_between

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "security.md"


def marks(weak: bool) -> tuple[str, str]:
    command = f"python -m tests.attack{' --weak' if weak else ''} --write"
    return (
        f"<!-- attacks: written by `{command}` -->",
        f"<!-- attacks{' on weakened applications' if weak else ''}: end -->",
    )


def write_document(results: Sequence[Result], weak: bool) -> None:
    """Replace what is between the marks of this kind of run."""
    begin, end = marks(weak)
    text = format_weak(results) if weak else format_results(results)
    when = f"On {datetime.now(UTC):%Y-%m-%d}, on {platform.system()} {platform.machine()}"
    write_between(DOCUMENT, begin, end, f"{when}, {text}\n")


def format_results(results: Sequence[Result]) -> str:
    tries, failed = sum(result.tries for result in results), [result for result in results if not result.held]
    text = f"{len(results) - len(failed)} of {len(results)} attacks were withstood, in {tries} tries."
    rows = [
        f"- {row.attack.fact}: {len(row.succeeded)} of {row.tries} tries. {row.attack.known}"
        for row in failed
    ]
    return "\n".join([f"{text} These succeeded:\n", *rows]) if failed else text


def format_weak(results: Sequence[Result]) -> str:
    missed = [result.attack.fact for result in results if not result.succeeded]
    text = (
        f"{len(results) - len(missed)} of {len(results)} attacks found the weakness that they have to find."
    )
    return text + (f" Missed: {', '.join(missed)}." if missed else "")
