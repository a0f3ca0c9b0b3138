"""docs/errors.md: one heading for each error message, from breaks.toml."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flaskgen.planning.flask.breaks import Break, Breaks
from tests.breaks.trials import Trial, load_trials

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
_INTRODUCTION = """# Errors of old Flask projects

Which change broke an old Flask project, and what to do: pin an older version, which leaves the code as it is,
or change the code. `flaskgen doctor` finds these in a project; `flaskgen doctor --error "TEXT"` explains a
message, or a whole traceback.

`python -m tests.breaks --write` writes this page from [breaks.toml](../flaskgen/compatibility/breaks.toml).
It installs the versions that work and those that fail, and runs the same code with both.
"""


class Tried(NamedTuple):
    """When a row was last found to be as it says."""

    digest: str
    date: str


def digest(row: Break) -> str:
    """Return what changes with anything that was tried."""
    tried = (row.errors, row.stops, *load_trials()[row.id])
    return hashlib.sha256(repr(tried).encode()).hexdigest()[:12]


def compose(breaks: Breaks, tried: Mapping[str, Tried]) -> str:
    """Return the page."""
    sections = [_INTRODUCTION]
    errors = dict.fromkeys(error for row in breaks.rows for error in row.errors)
    for error in sorted(errors, key=lambda error: re.sub(r"\W", "", error).lower()):
        sections.append(f"## `{error}`\n")
        sections += [_section(row, tried[row.id]) for row in breaks.rows if error in row.errors]
    rows = [f"| {one.name} | {one.last} | {one.instead} |" for one in breaks.unmaintained.values()]
    table = ["| package | last release | use instead |", "|---|---|---|", *rows, ""]
    return "\n".join([*sections, "## Unmaintained packages\n", *table])


def _section(row: Break, tried: Tried) -> str:
    lines = [f"{row.title}."]
    if row.pins:
        lines.append(f"- Pin: `{'`, `'.join(row.pins)}`")
    if row.build:
        lines.append(f"- Build with: `{'`, `'.join(row.build)}`")
    if row.newer:
        lines.append(f"- Or use: `{'`, `'.join(row.newer)}`")
    if row.change:
        lines.append(f"- In the code: {row.change}")
    trials = load_trials()[row.id]
    lines.append(f"- Works with {_versions(trials.works)}; fails with {_versions(trials.fails)}")
    lines.append(f"- `{row.id}`, tried on {tried.date} <!-- {tried.digest} -->")
    return "\n".join([lines[0], "", *lines[1:], ""])


def _versions(trial: Trial) -> str:
    pins = ", ".join(pin.replace("==", " ").replace("<", " below ") for pin in (*trial.pins, *trial.build))
    return f"{pins} on Python {trial.python}" if pins else f"Python {trial.python}"


def read_tried(page: str) -> dict[str, Tried]:
    """Return from the page when each row was tried."""
    found = re.findall(r"- `([\w.-]+)`, tried on ([\d-]+) <!-- (\w+) -->", page)
    return {id: Tried(digest, date) for id, date, digest in found}


def write_document(breaks: Breaks, tried: Mapping[str, Tried]) -> None:
    """Write the page."""
    DOCUMENT.write_text(compose(breaks, tried), encoding="utf-8", newline="\n")
