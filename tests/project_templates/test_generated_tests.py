"""What is generated passes its own tests: subsets of the extensions, on every series of Flask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from tests.project_templates.pairs import MEETING
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES, NEWEST, any_python_of, pythons_of
from tests.project_templates.subsets import (
    EVERYTHING,
    SHIPPED,
    Files,
    PythonFor,
    Subset,
    closed,
    known_to,
    name_of,
    sample_of,
)
from tests.subsets.run import prove, prove_files

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.e2e


def differing_tests(files: Files, *others: Files) -> list[str]:
    """List the test modules that none of the other projects has just so."""
    return [
        str(path)
        for path, text in files.items()
        if path.match("tests/test_*.py") and text not in [other.get(path) for other in others]
    ]


PRESETS = {closed(preset.extensions) for preset in SHIPPED.presets.values()} - {closed([]), EVERYTHING}
EACH = [subset for subset in sample_of(NEWEST, most=1) if subset not in PRESETS]


@pytest.mark.parametrize("subset", EACH, ids=name_of)
def test_generated_tests_pass(project_python: Path, subset: Subset):
    prove(subset, project_python)


@pytest.mark.parametrize("subset", sorted(PRESETS), ids=name_of)
def test_tests_of_a_preset_that_are_not_those_of_everything_pass(project_python: Path, subset: Subset):
    prove(subset, project_python, tests=differing_tests(render_project(subset), render_project(EVERYTHING)))


@pytest.mark.parametrize("subset", [closed(["jobs"]), EVERYTHING], ids=name_of)
def test_generated_tests_of_jobs_pass_with_celery(project_python: Path, subset: Subset):
    files = render_project(subset, options=("jobs.engine=celery",))
    without = render_project(tuple(name for name in subset if name != "jobs"))
    prove_files(files, project_python, tests=differing_tests(files, without))


TOTP = ("login.totp=yes",)


def test_generated_tests_pass_with_codes_at_login(project_python: Path):
    """Beside a database alone; beside everything, they pass on older series, below."""
    files = render_project(closed(["login", "sqlalchemy"]), options=TOTP)
    prove_files(files, project_python)


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_those_of_another_database_pass_on_the_oldest_series(database: str, python_for: PythonFor):
    oldest = ALL_SERIES[0]
    options = (f"sqlalchemy.database={database}",)
    files = render_project(closed(["sqlalchemy"]), options=options, series=oldest)
    prove_files(files, python_for(oldest, any_python_of(oldest)), tests=["tests/test_database.py"])


OF_EACH_KIND = [closed(pair) for pair in (("mail", "login"), ("migrate", "smorest"), ("docker", "redis"))]
"""Pairs of pages, of an API with a database, and of files beside the code."""


@pytest.mark.parametrize(
    "subset",
    [pytest.param(one, marks=() if one in OF_EACH_KIND else pytest.mark.slow) for one in MEETING],
    ids=name_of,
)
def test_tests_of_a_pair_that_are_not_those_of_either_alone_pass(project_python: Path, subset: Subset):
    """All of them, where only the application differs. Pairs that do not meet differ in nothing."""
    alone = [render_project(one) for one in MEETING[subset]]
    prove(subset, project_python, tests=differing_tests(render_project(subset), *alone))


OF_EACH_KIND_OF_SERIES = ("0.10", "2.2")
"""Each condition of a series holds in one of them, or the newest, and in another it does not."""


@pytest.mark.parametrize(
    "series",
    [
        pytest.param(one, marks=() if one.name in OF_EACH_KIND_OF_SERIES else pytest.mark.slow)
        for one in ALL_SERIES[:-1]
    ],
    ids=lambda series: series.name,
)
def test_generated_tests_of_everything_pass_on_every_older_series(series: FlaskSeries, python_for: PythonFor):
    """With codes at login; without them, the tests below run."""
    files = render_project(tuple(known_to(series)), options=TOTP, series=series)
    prove_files(files, python_for(series, any_python_of(series)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("series", "python", "subset"),
    [
        pytest.param(series, python, subset, id=f"{series.name}-{python}-{name_of(subset)}")
        for series in ALL_SERIES
        for python in (pythons_of(series)[0], pythons_of(series)[-1])
        for subset in sample_of(series, most=1)
    ],
)
def test_each_extension_passes_on_the_oldest_and_the_newest_python_of_its_series(
    series: FlaskSeries, python: str, subset: Subset, python_for: PythonFor
):
    prove(subset, python_for(series, python), series=series)


@pytest.mark.slow
def test_subsets_of_few_and_of_most_extensions_pass_on_the_newest_series():
    done = subprocess.run([sys.executable, "-m", "tests.subsets"], cwd=ROOT, check=False)
    assert done.returncode == 0
