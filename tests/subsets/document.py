"""Writes what came of the run of all subsets into docs/subsets.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import fill

from tests.matrix.cells import ROOT
from tests.project_templates.series import NEWEST, RUNNING
from tests.project_templates.subsets import Subset, known_to, name_of

DOCUMENT = ROOT / "docs" / "subsets.md"


def write_result(*, subsets: int, distinct: int, failures: Sequence[Subset]) -> None:
    """Replace the document."""
    names = known_to(NEWEST)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {RUNNING}"
    done = f"{distinct - len(failures)} passed, {len(failures)} failed"
    paragraphs = [
        "# Every subset of the extensions",
        f"Flask {NEWEST.tested} with the {len(names)} extensions {', '.join(names)}: "
        f"{2 ** len(names)} subsets, {subsets} of them with all that their extensions need. "
        "Some differ only in what no test sees or in "
        f"files that stand apart, such as those of Docker; {distinct} are left. Each was rendered, compiled, "
        "checked and formatted by ruff, and run through its own tests with warnings as errors; the HTML of "
        "every page that these tests show was checked.",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}: {done}.",
        *(f"- {name_of(subset)}" for subset in failures),
        "The default tests have a sample: nothing, each extension, each pair, the presets, and all. All are "
        "run by `python -m tests.subsets --write`, and by `pytest -m slow tests/project_templates`.",
    ]
    text = "\n\n".join(fill(paragraph, 120, break_on_hyphens=False) for paragraph in paragraphs)
    DOCUMENT.write_text(f"{text}\n", encoding="utf-8", newline="\n")
