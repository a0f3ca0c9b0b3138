"""A project works with the tools that people have: uv, and pip with and without the frozen versions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.package_tools.proofs import (
    UV,
    Fresh,
    add_packages,
    call,
    install_frozen,
    make_fresh,
    make_project,
    serve_installed,
    sync_and_test,
)
from tests.project_templates.series import ALL_SERIES

ROOT = Path(__file__).parents[2]
KINDS = [
    pytest.param(("--preset", "web"), marks=pytest.mark.e2e, id="web"),
    *(
        pytest.param(("--flask", series.name, "--preset", "web"), marks=pytest.mark.slow, id=series.name)
        for series in ALL_SERIES[:-1]
    ),
]


@pytest.fixture(params=KINDS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_project(tmp_path, *request.param)


@pytest.fixture
def fresh(project: Path) -> Fresh:
    python = make_fresh(project, "fresh")
    call(UV, "pip", "install", "-q", "--python", python, "pip", cwd=project.parent)
    return Fresh(python, (python, "-m", "pip", "install", "-q", "--no-compile"))


def test_uv_changes_nothing_and_keeps_what_flaskgen_and_uv_add(project: Path) -> None:
    sync_and_test(project)
    add_packages(project)


@pytest.mark.slow  # test_fresh_clone.py does so in one project
def test_pip_installs_the_frozen_versions(project: Path, fresh: Fresh) -> None:
    install_frozen(project, fresh)
    call(fresh.python, "-m", "pytest", "-q", cwd=project)


def test_a_package_of_the_project_serves_from_anywhere(project: Path, fresh: Fresh) -> None:
    serve_installed(project, fresh)
    built = ("dist/x", "build/x", "my_shop.egg-info/x")
    call("git", "init", "-q", cwd=project)
    assert call("git", "check-ignore", *built, cwd=project).split() == [*built]


@pytest.mark.slow
def test_subsets_of_few_and_of_most_extensions_work_with_uv_and_pip() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.package_tools"], cwd=ROOT, check=False)
    assert done.returncode == 0
