"""What is generated passes its own tests: subsets of the extensions, on every line of Flask."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from flaskgen.planning.compatibility import FlaskLine
from tests.project_templates.lines import LINES, any_python_of, pythons_of
from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import (
    PythonFor,
    Subset,
    each_subset,
    known_to,
    name_of,
    sample_of,
    write_tree,
)

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.e2e


def run_tests(python: Path, project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def assert_its_tests_pass(python: Path, project: Path) -> None:
    before = sorted(project.rglob("*"))
    done = run_tests(python, project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"\d+ passed in [\d.]+s", done.stdout.splitlines()[-1]), done.stdout
    assert sorted(project.rglob("*")) == before, "the tests left files behind"


@each_subset
def test_generated_tests_pass(project_python: Path, projects: Mapping[Subset, Path], subset: Subset):
    assert_its_tests_pass(project_python, projects[subset])


@pytest.mark.parametrize("line", LINES[:-1], ids=lambda line: line.name)
def test_generated_tests_of_everything_pass_on_every_older_line(
    line: FlaskLine, python_for: PythonFor, tmp_path: Path
):
    project = write_tree(tmp_path / "my-shop", render_project(tuple(known_to(line)), line=line))
    assert_its_tests_pass(python_for(line, any_python_of(line)), project)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "python", "subset"),
    [
        pytest.param(line, python, subset, id=f"{line.name}-{python}-{name_of(subset)}")
        for line in LINES
        for python in (pythons_of(line)[0], pythons_of(line)[-1])
        for subset in sample_of(line, most=1)
    ],
)
def test_each_extension_passes_on_the_oldest_and_the_newest_python_of_its_line(
    line: FlaskLine, python: str, subset: Subset, python_for: PythonFor, tmp_path: Path
):
    project = write_tree(tmp_path / "my-shop", render_project(subset, line=line))
    assert_its_tests_pass(python_for(line, python), project)


@pytest.mark.slow
def test_every_subset_passes_on_the_newest_line():
    done = subprocess.run([sys.executable, "-m", "tests.subsets"], cwd=ROOT, check=False)
    assert done.returncode == 0
