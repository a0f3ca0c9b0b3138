"""The page of results: the machine, the table, where the time goes, and what is compared."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pairs import Result

_NOTES = """\
Both sides run in alternating pairs, every second pair in reverse order, after one run each that warms the
caches. The figures are medians. The ratio is that of the medians; in brackets are the smallest and the
largest ratio within a pair. flaskgen is installed with pip from the checkout.

- **The versions** are the same on both sides, and no new release on the index changes them: flaskgen installs
  those of its lock, and uv and pip are given the same. The run stops if uv locks anything else.
- **uv** is `uv init --no-package`, `uv add`, `uv add --dev` and `uv export`, with the interpreter that
  flaskgen chooses. It is given the exact versions of what the application itself requires, and constraints
  for the rest; *every package* means that it is given everything in the requirements files. It is online, as
  users have it: it asks the index whether what is cached still holds, unless the index has said how long.
- **A start** imports an application of one route with the same extensions, and requests `/` once. flaskgen's
  verification does that with the application that it generates.
- **Cold** is the first run in a new home directory, with empty caches and the interpreters of the machine.
- **`add`** is timed in a project that was just made, **`freeze`** in one whose requirements.txt lacks a
  package.
- **`upgrade`** brings one older package to the tested version in a project that was just made, and runs its
  tests in a copy first. The other side is 1.5 times `new`, and these tests alone.
- **The home page** is `flask run` and the wait until `GET /` answers 200, without debug mode. uv's project
  is the application of one route.
- **pip** is `virtualenv`, `pip install --requirement requirements-dev.txt` and `pip freeze`.
- **A resource** has a title and a text. In a web project with migrations flaskgen writes its revision
  and starts the application afterwards. Rails, of Debian's packages, writes a revision and starts
  nothing; Django's `startapp` writes an empty application. What each of them wrote is in the table above.
- **cookiecutter** and **copier** render templates of the same tree, byte for byte, made from flaskgen's own
  output, with the project's name as a variable in paths and contents. As they do, flaskgen makes no git
  repository there.
"""
_SHOWN = 0.005


@dataclass(frozen=True)
class Machine:
    """Where and with what the figures were measured."""

    python: str
    project_python: str
    uv: str
    peers: str
    load: float
    """The load average before anything was measured: 0 if nothing else ran."""

    def lines(self) -> Iterator[str]:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        yield f"- {cores} cores, {_processor()}; {platform.system()} {platform.release()}"
        yield f"- load average before the run: {self.load:.1f}"
        yield f"- flaskgen on {self.python}, projects on {self.project_python}; {self.uv}, {self.peers}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def format_page(
    results: Sequence[Result],
    written: Sequence[tuple[str, int, int, int]],
    phases: Mapping[str, float],
    machine: Machine,
    *,
    day: datetime.date,
) -> str:
    """Return the page as Markdown."""
    lines = ["# How fast flaskgen is", "", f"Measured with `python benchmarks/run.py --write` on {day}.", ""]
    lines += [*machine.lines(), ""]
    if results:
        lines += [*_table(results), ""]
    if written:
        lines += ["## What a resource is", "", *_written_table(written), ""]
    if phases:
        lines += ["## Where the time of `flaskgen new` goes", "", *_phase_table(phases), ""]
    return "\n".join(lines) + "\n## What is compared\n\n" + _NOTES


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield "| row | what | goal | flaskgen | other | ratio | |"
    yield "|---|---|---|---|---|---|---|"
    for result in results:
        row, ratios = result.row, result.pair_ratios
        ours, theirs = (statistics.median(times) for times in (result.ours, result.theirs))
        ratio = f"<= {row.goal:g}" if row.goal else ""
        goal = ", ".join(filter(None, (ratio, f"<= {row.most_seconds:g} s" if row.most_seconds else "")))
        yield (
            f"| {row.name} | {row.title} | {goal} | {_number(ours)} s | {_number(theirs)} s "
            f"| {result.ratio:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}, {len(ratios)} pairs) "
            f"| {'met' if result.met else '**missed**'} |"
        )


def _written_table(written: Sequence[tuple[str, int, int, int]]) -> Iterator[str]:
    yield "| generator | new files | more lines | of these in tests |"
    yield "|---|---:|---:|---:|"
    for row in written:
        yield f"| {' | '.join(map(str, row))} |"


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _phase_table(phases: Mapping[str, float]) -> Iterator[str]:
    yield "Medians, by what the commands call. A command's own name means its own work, or that it waits for"
    yield "what is in italics, which runs in other threads."
    yield ""
    yield "| part | ms |"
    yield "|---|---:|"
    for part, seconds in phases.items():
        if seconds >= _SHOWN:
            yield f"| {part} | {seconds * 1000:.0f} |"
