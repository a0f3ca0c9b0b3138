"""Writes what came of the subsets with uv and pip into docs/subsets.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import fill
from typing import NamedTuple

from tests.marked_document import write_between
from tests.project_templates.subsets import Subset, name_of
from tests.subsets.document import DOCUMENT

BEGIN, END = "<!-- measured by tests.package_tools -->", "<!-- end of what tests.package_tools measured -->"


class Result(NamedTuple):
    """What came of the subsets, in this run and those before."""

    subsets: int
    distinct: int
    passed: int
    failures: Sequence[Subset]


def write_result(result: Result) -> None:
    """Replace the section."""
    write_between(DOCUMENT, BEGIN, END, compose(result))


def compose(result: Result) -> str:
    run = result.passed + len(result.failures)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    rest = "" if run == result.distinct else f", {result.distinct - run} not run yet"
    chosen = "All of them" if run == result.distinct else f"{run} of them, chosen at random,"
    paragraphs = [
        "## With uv and pip",
        f"Many of these {result.subsets} subsets require the same packages; {result.distinct} sets of "
        f"requirements are left. {chosen} were tried, each with the largest subset that has it: "
        "`flaskgen new` creates the project. `uv sync --locked` changes nothing, and the tests pass with "
        "`uv run pytest`. In a fresh environment, `pip install -r requirements-dev.txt` installs the same "
        "versions, file by file. In another, `pip install .` installs the package with the versions of "
        "requirements.txt, and it serves from there. After `uv add waitress`, `flaskgen freeze` and "
        "`flaskgen add mail`, all versions that were there are the same, `uv sync --locked` and "
        "`flaskgen freeze --check` find nothing to change, and the tests pass. pip takes packages from a "
        "directory with the versions of the lock: what newer releases change is not tried here.",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}: {result.passed} passed, {len(result.failures)} failed"
        f"{rest}.",
        *(f"- {name_of(subset)}" for subset in result.failures),
        "`python -m tests.package_tools --write` runs them. `pytest -m e2e tests/e2e/test_package_tools.py` "
        "runs one, with packages from the index, and `-m slow` one on each series of Flask, with the tests "
        "in both environments.",
    ]
    return "\n\n".join(fill(paragraph, 120, break_on_hyphens=False) for paragraph in paragraphs) + "\n"
