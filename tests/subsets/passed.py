"""Runs subsets side by side, and keeps what passed, so that it is not done again."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.project_templates.subsets import Subset, name_of


def read_passed(kept: Path) -> set[str]:
    """Return the marks of what has passed."""
    if not kept.exists():
        return set()
    return {json.loads(row)["mark"] for row in kept.read_text(encoding="utf-8").splitlines()}


def run_all(
    waiting: Mapping[str, Subset], prove: Callable[[Subset], str], *, kept: Path
) -> Iterator[tuple[Subset, str]]:
    """Run subsets by their marks, print a line for each, and yield those that fail, with what they say.

    Each that passes is kept at once: a run that is killed goes on where it was.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(_try, prove, subset): mark for mark, subset in waiting.items()}
        for number, run in enumerate(as_completed(runs), start=1):
            said, passed = run.result()
            subset = waiting[runs[run]]
            print(f"{number}/{len(runs)} {name_of(subset)}: {said if passed else 'FAILED'}", flush=True)
            if passed:
                _keep(kept, {"mark": runs[run], "subset": subset, "said": said})
            else:
                yield subset, said


def _try(prove: Callable[[Subset], str], subset: Subset) -> tuple[str, bool]:
    try:
        return prove(subset), True
    except (AssertionError, subprocess.TimeoutExpired) as failure:
        return str(failure), False


def _keep(kept: Path, row: Mapping[str, object]) -> None:
    kept.parent.mkdir(exist_ok=True)
    with kept.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
