"""Subsets of few and of most extensions, for real: `python -m tests.subsets [--only NAME] [--write]`.

On the newest series, each is rendered, compiled, checked by ruff, mypy and pyright, and run through its own
tests with warnings as errors; the HTML of every page that the tests see is checked. Subsets that the tests
cannot tell apart are run once. What passed is not done again, unless its files have changed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.browser.npm import install_node_modules
from tests.matrix.cells import ROOT
from tests.project_templates.environments import make_environment
from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST, RUNNING
from tests.project_templates.subsets import Subset, few_and_most_of, name_of, write_tree
from tests.project_templates.type_checkers import TypeCheckers
from tests.subsets.distinct import distinct_subsets, mark_of
from tests.subsets.document import write_result
from tests.subsets.passed import read_passed, run_all
from tests.subsets.run import prove

PASSED = ROOT / "build" / "subsets.jsonl"


def main() -> int:
    """Run what is not yet done, and return 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.subsets")
    parser.add_argument("--only", default="", help="subsets with this extension")
    parser.add_argument("--write", action="store_true", help="write docs/subsets.md")
    options = parser.parse_args()
    subsets = [subset for subset in few_and_most_of(NEWEST) if not options.only or options.only in subset]
    distinct = {mark_of(files): subset for subset, files in distinct_subsets(subsets).items()}
    passed = read_passed(PASSED)
    waiting = {mark: subset for mark, subset in distinct.items() if mark not in passed}
    print(f"{len(subsets)} subsets, {len(distinct)} distinct, {len(waiting)} to do", flush=True)
    failures = list(_run(waiting)) if waiting else []
    for subset, reason in failures:
        print(f"--- {name_of(subset)}\n{reason}\n", flush=True)
    print(f"{len(failures)} failed")
    if options.write and not options.only:
        write_result(subsets=len(subsets), distinct=len(distinct), failures=[one for one, _ in failures])
    return 1 if failures else 0


def _run(waiting: dict[str, Subset]) -> Iterator[tuple[Subset, str]]:
    """Yield the subsets that fail, with what they say."""
    with tempfile.TemporaryDirectory(prefix="flaskgen-subsets-") as folder:
        python = make_environment(Path(folder), NEWEST, RUNNING, cache=Path(folder, "cache"))
        badly_typed = dict(_check_types(list(waiting.values()), python, Path(folder)))
        yield from badly_typed.items()
        waiting = {mark: subset for mark, subset in waiting.items() if subset not in badly_typed}
        yield from run_all(waiting, partial(prove, python=python), kept=PASSED)


def _check_types(subsets: list[Subset], python: Path, folder: Path) -> Iterator[tuple[Subset, str]]:
    """Yield the subsets that mypy or pyright complain of; a run of pyright has twenty of them."""
    (npm := folder / "npm").mkdir()
    checkers = TypeCheckers(python, install_node_modules(npm, folder), folder / "mypy")
    for start in range(0, len(subsets), 20):
        with tempfile.TemporaryDirectory(prefix="flaskgen-types-") as parent:
            some = {Path(parent, f"project{number}"): one for number, one in enumerate(subsets[start:][:20])}
            for project, subset in some.items():
                write_tree(project, render_project(subset))
            for project, said in checkers.diagnostics(some).items():
                yield some[project], said
        print(f"types of {min(start + 20, len(subsets))}/{len(subsets)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
