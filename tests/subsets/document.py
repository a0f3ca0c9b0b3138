"""Writes what came of the run of the subsets into docs/subsets.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import fill

from tests.marked_document import write_between
from tests.matrix.cells import ROOT
from tests.project_templates.series import NEWEST, RUNNING
from tests.project_templates.subsets import Subset, known_to, name_of

DOCUMENT = ROOT / "docs" / "subsets.md"
BEGIN, END = "<!-- measured by tests.subsets -->", "<!-- end of what tests.subsets measured -->"


def write_result(*, subsets: int, distinct: int, failures: Sequence[Subset]) -> None:
    """Replace the section, which is the first."""
    names = known_to(NEWEST)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {RUNNING}"
    done = f"{distinct - len(failures)} passed, {len(failures)} failed"
    paragraphs = [
        f"Flask {NEWEST.tested} has {len(names)} extensions, and so {2 ** len(names):,} subsets. What goes "
        "wrong where extensions meet shows where two or three of them do, or where nearly all do. So these "
        "were tried: every subset of at most three extensions, every one that lacks at most two, and the "
        f"presets, each with all that its extensions need, {subsets} in all. Some differ only in what no "
        f"test sees, or in files that stand apart, such as those of Docker; {distinct} are left. Each was "
        "rendered, compiled, checked and formatted by ruff, checked by mypy and pyright, and run through its "
        "own tests with warnings as errors; the HTML of every page that these tests show was checked.",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}: {done}.",
        *(f"- {name_of(subset)}" for subset in failures),
        "The default tests have fewer: nothing, each extension, the presets, all, and of pairs the tests "
        "that differ. All are run by `python -m tests.subsets --write`, and by `pytest -m slow "
        "tests/project_templates`.",
    ]
    text = "\n\n".join(fill(paragraph, 120, break_on_hyphens=False) for paragraph in paragraphs)
    write_between(DOCUMENT, BEGIN, END, f"{text}\n")
