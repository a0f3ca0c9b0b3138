"""Places where the file system does not allow what a project needs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mounts import may_mount, mounted

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _mounts(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not may_mount(tmp_path_factory.getbasetemp()):
        pytest.skip("nothing may be mounted here")


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ("ro", "is on a read-only file system"),
        ("noexec", "is mounted noexec: programs of an environment could not be started there"),
        ("nr_inodes=40", "No space left on device"),
        ("size=200k", "No space left on device"),
    ],
)
def test_the_cause_is_told_and_nothing_is_left(
    flaskgen: Run, tmp_path: Path, options: str, cause: str
) -> None:
    with mounted(tmp_path / "place", options) as place:
        done = flaskgen("new", "shop", "--preset", "web", "--yes", cwd=place)
        assert done.returncode == 1
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1
        assert cause in errors[0]
        assert "hint: " in done.stderr
        assert list(place.iterdir()) == []


def test_files_alone_need_no_programs(flaskgen: Run, tmp_path: Path) -> None:
    with mounted(tmp_path / "place", "noexec") as place:
        done = flaskgen("new", "shop", "--yes", "--no-install", cwd=place)
        assert done.returncode == 0, done.stderr


def test_an_environment_elsewhere_may_have_programs(flaskgen: Run, tmp_path: Path) -> None:
    with mounted(tmp_path / "place", "noexec") as place:
        done = flaskgen("new", "shop", "--yes", "--workon", cwd=place, WORKON_HOME=str(tmp_path / "envs"))
        assert done.returncode == 0, done.stderr
