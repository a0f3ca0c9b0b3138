"""What is generated passes its own tests: subsets of the extensions, on every line of Flask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.planning.flask.compatibility import FlaskLine
from tests.project_templates.lines import LINES, NEWEST, any_python_of, pythons_of
from tests.project_templates.pairs import MEETING
from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import PythonFor, Subset, known_to, name_of, sample_of
from tests.subsets.run import prove

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("subset", sample_of(NEWEST, most=1), ids=name_of)
def test_generated_tests_pass(project_python: Path, subset: Subset):
    prove(subset, project_python)


@pytest.mark.parametrize("subset", MEETING, ids=name_of)
def test_tests_of_a_pair_that_are_not_those_of_either_alone_pass(project_python: Path, subset: Subset):
    """All of them, where only the application differs. Pairs that do not meet differ in nothing."""
    alone = [render_project(one) for one in MEETING[subset]]
    differing = [
        str(path)
        for path, text in render_project(subset).items()
        if path.match("tests/test_*.py") and text not in [files.get(path) for files in alone]
    ]
    prove(subset, project_python, tests=differing)


@pytest.mark.parametrize("line", LINES[:-1], ids=lambda line: line.name)
def test_generated_tests_of_everything_pass_on_every_older_line(line: FlaskLine, python_for: PythonFor):
    prove(tuple(known_to(line)), python_for(line, any_python_of(line)), line=line)


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
    line: FlaskLine, python: str, subset: Subset, python_for: PythonFor
):
    prove(subset, python_for(line, python), line=line)


@pytest.mark.slow
def test_every_subset_passes_on_the_newest_line():
    done = subprocess.run([sys.executable, "-m", "tests.subsets"], cwd=ROOT, check=False)
    assert done.returncode == 0
