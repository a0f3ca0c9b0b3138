"""The tables of docs/upgrade.md: a ladder for each project, and a row for each step."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.marked_document import write_between

DOCUMENT = Path(__file__).parents[2] / "docs" / "upgrade.md"
BEGIN, END = "<!-- ladders -->", "<!-- end of ladders -->"
_SHOWN = 5  # of what a person has to do


class Measured(NamedTuple):
    """What came of upgrading a project."""

    id: str
    repository: str
    commit: str
    seconds: float
    printed: dict[str, Any]
    """The JSON of `flaskgen upgrade`."""

    @property
    def summary(self) -> str:
        if error := self.printed.get("error"):
            return str(error["message"]).partition("\n")[0]
        flask = self.printed["flask"]
        stopped = self.printed["stopped"]
        return f"Flask {flask['before']} to {flask['after']}" + (
            f", and {stopped['flask']} was rejected" if stopped else ""
        )


def write_document(measured: Sequence[Measured]) -> None:
    """Write the tables, with the day and the machine."""
    write_between(DOCUMENT, BEGIN, END, compose(measured))


def compose(measured: Sequence[Measured]) -> str:
    """Return a section for each project, below what they add up to."""
    whole = sum(not one.printed.get("stopped", True) for one in measured)
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {platform.system()}, {os.cpu_count()} processors: of "
        f"{len(measured)} projects, {whole} reached the newest series with no change by a person.",
        "",
    ]
    for one in measured:
        lines += _section(one)
    return "\n".join(lines)


def _section(one: Measured) -> Iterator[str]:
    yield f"#### {one.id}"
    yield ""
    link = f"[{one.repository}](https://github.com/{one.repository}/tree/{one.commit})"
    yield f"{link}: {one.summary}. {one.seconds:.0f} s."
    yield ""
    if one.printed.get("steps"):
        yield "| Flask | Python | packages | places in the code | result |"
        yield "|---|---|---|---|---|"
        for step in one.printed["steps"]:
            cells = (step["flask"], step["python"], len(step["pins"]), len(step["code"]), step["judged"])
            yield f"| {' | '.join(map(str, cells))} |"
        yield ""
    if stopped := one.printed.get("stopped"):
        yield f"Rejected: {_plain(stopped['reason'])}. What a person has to do:"
        yield ""
        for line in stopped["todo"][:_SHOWN]:
            yield f"- {_plain(line)}"
        if len(stopped["todo"]) > _SHOWN:
            yield f"- and {len(stopped['todo']) - _SHOWN} more lines"
        yield ""


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "/")
