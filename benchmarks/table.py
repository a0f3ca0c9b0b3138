"""Write what was measured as a page: the machine, the table, where the time goes, and what is compared."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surroundings import Surroundings
from timing import Result

_NOTES = """\
Both sides run in alternating pairs, every second pair turned round, after one run each that warms the
caches. The figures are medians; the ratio is that of the medians, and in brackets stand the smallest and
the largest ratio within a pair. flaskgen is installed with pip from the checkout. Both sides install the
same versions; the run stops where they differ.

- **uv** is `uv init --no-package && uv add PACKAGES && uv add --dev pytest && uv export`, with the packages
  that the project requires directly, at the versions of flaskgen's lock, and the interpreter that flaskgen
  chooses.
- **First page** adds `flask run` and the wait until `GET /` gives 200. flaskgen's project starts in debug
  mode, with its reloader, which is a second process; uv's is one route without debug mode that imports the
  same extensions.
- **pip** is `virtualenv`, `pip install` of the same packages, and `pip freeze`.
- **cookiecutter** and **copier** render templates of the same tree, byte for byte, made of flaskgen's own
  output; the project's name is a variable in paths and contents. As they do, flaskgen makes no git
  repository there.
- **10,000 files** are rendered in a process that has everything imported, flaskgen's as copier's.
"""


@dataclass(frozen=True)
class Machine:
    """Where and with what the figures were measured."""

    cores: int
    processor: str
    system: str
    python: str
    project_python: str
    uv: str
    load: float
    """The load average before anything was measured: 0 where nothing else ran."""

    def lines(self) -> Iterator[str]:
        yield f"- {self.cores} cores, {self.processor}; {self.system}"
        yield f"- load average before the run: {self.load:.1f}"
        yield f"- flaskgen on Python {self.python}, projects on Python {self.project_python}, {self.uv}"


def describe_machine(surroundings: Surroundings, project_python: Path, *, load: float) -> Machine:
    """Look at the machine that this runs on."""
    ask = ("-c", "import platform; print(platform.python_version(), end='')")
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        processor=_processor(),
        system=f"{platform.system()} {platform.release()}",
        python=surroundings.run(surroundings.python, *ask),
        project_python=surroundings.run(project_python, *ask),
        uv=surroundings.run(surroundings.uv, "--version").strip().partition(" (")[0],
        load=load,
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def format_page(
    results: Sequence[Result], phases: Mapping[str, float], machine: Machine, *, day: datetime.date
) -> str:
    """Give the page as Markdown."""
    lines = ["# How fast flaskgen is", "", f"Measured with `python benchmarks/run.py` on {day}.", ""]
    lines += [*machine.lines(), "", *_table(results), ""]
    if phases:
        lines += ["## Where the time of `flaskgen new` goes", "", *_phase_table(phases), ""]
    return "\n".join(lines) + "\n## What is compared\n\n" + _NOTES


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield "| what | goal | flaskgen | other | ratio | |"
    yield "|---|---|---|---|---|---|"
    for result in results:
        row, ratios = result.row, result.pair_ratios
        ours, theirs = (statistics.median(times) for times in (result.ours, result.theirs))
        yield (
            f"| {row.title} | <= {row.goal:g} | {_number(ours)} {row.unit} | {_number(theirs)} {row.unit} "
            f"| {result.ratio:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}, {len(ratios)} pairs) "
            f"| {'met' if result.met else '**missed**'} |"
        )


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _phase_table(phases: Mapping[str, float]) -> Iterator[str]:
    yield "Medians of single parts. Parts in italics run beside others, so the sum is more than the whole."
    yield ""
    yield "| part | ms |"
    yield "|---|---|"
    for part, seconds in phases.items():
        yield f"| {part} | {seconds * 1000:.0f} |"
