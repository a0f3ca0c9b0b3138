"""What the tests of the templates share: subsets, rendered once, and environments to run them in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.templates.catalogue import Catalogue
from tests.project_templates.environments import make_environment
from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST, RUNNING
from tests.project_templates.subsets import (
    SHIPPED,
    Files,
    PythonFor,
    Subset,
    TreesOf,
    name_of,
    sample_of,
    write_tree,
)
from tests.workers import one_worker_at_a_time


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return SHIPPED


@pytest.fixture(scope="session")
def trees_of() -> TreesOf:
    """Renders a sample of the subsets of a line once: of the newest with every pair."""
    rendered: dict[str, Mapping[Subset, Files]] = {}

    def trees_of(series: FlaskSeries) -> Mapping[Subset, Files]:
        if series.name not in rendered:
            sample = sample_of(series, most=2 if series is NEWEST else 1)
            rendered[series.name] = {subset: render_project(subset, series=series) for subset in sample}
        return rendered[series.name]

    return trees_of


@pytest.fixture(scope="session")
def trees(trees_of: TreesOf) -> Mapping[Subset, Files]:
    """The files of the sampled subsets on the newest series."""
    return trees_of(NEWEST)


@pytest.fixture(scope="session")
def projects(
    trees: Mapping[Subset, Files], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Subset, Path]:
    """The sampled subsets on disk, side by side."""
    parent = tmp_path_factory.mktemp("projects")
    return {subset: write_tree(parent / name_of(subset), tree) for subset, tree in trees.items()}


@pytest.fixture(scope="session")
def python_for(shared_cache: Path, of_all_workers: Path) -> PythonFor:
    """Makes an environment for a line and a Python once, for all workers."""

    def python_for(series: FlaskSeries, python: str) -> Path:
        folder = of_all_workers / f"environment-{series.name}-{python}"
        folder.mkdir(exist_ok=True)
        made = folder / "made"
        with one_worker_at_a_time(folder):
            if not made.exists():
                made.write_text(str(make_environment(folder, series, python, cache=shared_cache)))
        return Path(made.read_text())

    return python_for


@pytest.fixture(scope="session")
def project_python(python_for: PythonFor) -> Path:
    """The interpreter of an environment for the newest line."""
    return python_for(NEWEST, RUNNING)
