"""Subsets of the extensions, with uv and pip: `python -m tests.package_tools [--only NAME] [--write]`.

The subsets are those of tests.subsets. Of those that require the same packages, the largest is run, in
random order; proofs.py says what has to hold. pip takes the packages from a directory with the versions of
the lock alone: a newer release changes nothing, and what it installs can be compared. What passed is not
done again, unless its files or the lock have changed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path

from tests.e2e.installed import pins
from tests.matrix.cells import ROOT
from tests.package_tools.distinct import distinct_requirements
from tests.package_tools.document import Result, write_result
from tests.package_tools.proofs import (
    Fresh,
    add_packages,
    call,
    differing_files,
    expect,
    install_frozen,
    make_fresh,
    make_project,
    run_tests,
    serve_installed,
    sync_and_test,
)
from tests.project_templates.series import NEWEST
from tests.project_templates.subsets import EVERYTHING, Subset, few_and_most_of, name_of
from tests.subsets.passed import read_passed, run_all

PASSED = ROOT / "build" / "package_tools.jsonl"
WARM_UP = "import compileall, pip; compileall.compile_dir(pip.__path__[0], quiet=1)"


def main() -> int:
    """Run what is not yet done, and return 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.package_tools")
    parser.add_argument("--only", default="", help="subsets with this extension")
    parser.add_argument("--at-most", type=int, help="run no more than so many now")
    parser.add_argument("--write", action="store_true", help="write docs/subsets.md")
    options = parser.parse_args()
    subsets = [subset for subset in few_and_most_of(NEWEST) if not options.only or options.only in subset]
    distinct = distinct_requirements(subsets)
    passed = read_passed(PASSED)
    waiting = [mark for mark in distinct if mark not in passed]
    print(f"{len(subsets)} subsets, {len(distinct)} distinct, {len(waiting)} to do", flush=True)
    random.Random(0).shuffle(waiting)
    now = {mark: distinct[mark] for mark in islice(waiting, options.at_most)}
    failures = list(_run(now)) if now else []
    for subset, reason in failures:
        print(f"--- {name_of(subset)}\n{reason}\n", flush=True)
    print(f"{len(failures)} failed")
    if options.write and not options.only:
        done = len(distinct.keys() & read_passed(PASSED))
        write_result(Result(len(subsets), len(distinct), done, [subset for subset, _ in failures]))
    return 1 if failures else 0


def _run(waiting: Mapping[str, Subset]) -> Iterator[tuple[Subset, str]]:
    """Yield the subsets that fail, with what they say."""
    with tempfile.TemporaryDirectory(prefix="flaskgen-package-tools-") as folder:
        everything = make_project(Path(folder).resolve(), "--with", ",".join(EVERYTHING))
        python = everything / ".venv/bin/python"
        call(python, "-c", WARM_UP, cwd=everything)
        pyproject = tomllib.loads((everything / "pyproject.toml").read_text(encoding="utf-8"))
        needed = ("-r", "requirements-dev.txt", *pyproject["build-system"]["requires"])
        wheels = Path(folder, "wheels")
        call(python, "-m", "pip", "download", "-q", "-d", wheels, *needed, cwd=everything)
        yield from run_all(waiting, partial(_prove, pip=python, wheels=wheels), kept=PASSED)


def _prove(subset: Subset, *, pip: Path, wheels: Path) -> str:
    """Use a project with uv and pip, and return what its tests say."""

    def fresh(name: str) -> Fresh:
        python = make_fresh(project, name)
        index = ("--no-index", "--find-links", wheels)
        return Fresh(python, (pip, "-m", "pip", "--python", python, "install", "-q", "--no-compile", *index))

    with tempfile.TemporaryDirectory(prefix="flaskgen-package-tools-") as folder:
        project = make_project(Path(folder).resolve(), "--with", ",".join(subset) or "none")
        said = sync_and_test(project)
        install_frozen(project, frozen := fresh("frozen"))
        differing = differing_files(frozen.python, project / ".venv/bin/python")
        assert not differing, differing
        serve_installed(project, alone := fresh("alone"))
        expect(pins(project, "requirements.txt") | {"my-shop": "0.1.0"}, alone.versions)
        add_packages(project)
        if "mail" not in subset:
            run_tests(project)
    return said


if __name__ == "__main__":
    sys.exit(main())
