"""Real runs of `flaskgen new` in a directory with files and an environment, also stopped and killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.runs import listing, start, stop, wait_until_none_with_home

pytestmark = pytest.mark.e2e

ARGUMENTS = ("new", "shop", "--yes")
MOMENTS = 3
OLD = "click==8.1.8"
"""A package that the project needs in another version than is there."""


def flaskgen(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flaskgen", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def state(directory: Path) -> Mapping[str, bytes | None]:
    """Return what is there, but what Python compiled, and what a pinned Git's index says of times."""
    return {
        path: content
        for path, content in listing(directory).items()
        if "__pycache__" not in path and not path.endswith(".lock")
    }


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made") / "shop" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    install: list[str | Path] = [
        "uv",
        "pip",
        "install",
        "-q",
        "--python",
        place / "bin/python",
        OLD,
        "pyparsing",
    ]
    subprocess.run(install, check=True)
    return place


@pytest.fixture
def shop(environment: Path, tmp_path: Path) -> Path:
    """A repository with an environment, of which scripts hold no path that matters here."""
    shop = tmp_path / "here" / "shop"
    shutil.copytree(environment.parent, shop, symlinks=True)
    (shop / ".gitignore").write_text("x\n")
    (shop / "README.md").write_text("mine\n")
    subprocess.run(["git", "init", "-q", shop], check=True)
    return shop


def test_an_environment_that_is_there_is_used_and_keeps_its_packages(shop: Path) -> None:
    result = flaskgen(*ARGUMENTS, "--test", cwd=shop.parent)
    assert result.returncode == 0, result.stderr
    assert "Verified: the application starts" in result.stderr
    frozen = (shop / "requirements.txt").read_text()
    assert "pyparsing==" in frozen
    assert "flask==" in frozen
    assert OLD not in frozen or "8.1.8" in frozen
    checked = flaskgen("freeze", "--check", cwd=shop)
    assert checked.returncode == 0, checked.stderr
    added = flaskgen("add", "mail", cwd=shop)
    assert added.returncode == 0, added.stderr
    assert (shop / ".gitignore").read_text().startswith("x\n\n# Python\n")
    assert subprocess.run(["git", "-C", shop, "log"], capture_output=True, check=False).returncode == 128


def test_a_failure_gives_files_and_packages_back(shop: Path) -> None:
    (shop / "shop").mkdir()
    (shop / "shop" / "__init__.py").write_text("raise RuntimeError('mine')\n")
    before = state(shop)
    result = flaskgen(*ARGUMENTS, "--conflict", "ours", cwd=shop.parent)
    assert result.returncode == 1
    assert "mine" in result.stderr
    assert "see whether a file that was in `shop` before is the cause" in result.stderr
    assert state(shop) == before


def test_with_markers_in_its_files_the_application_is_not_started(shop: Path) -> None:
    (shop / "shop").mkdir()
    (shop / "shop" / "__init__.py").write_text("mine = 1\n")
    result = flaskgen(*ARGUMENTS, "--conflict", "markers", cwd=shop.parent)
    assert result.returncode == 0, result.stderr
    assert "Resolve the conflict markers in: shop/__init__.py." in result.stderr
    assert "Verified" not in result.stderr


@pytest.fixture(scope="module")
def seconds(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    took = 0.0
    for name in ("cold", "warm"):
        here = tmp_path_factory.mktemp(name)
        shutil.copytree(environment.parent, here / "shop", symlinks=True)
        begun = time.monotonic()
        run = start(*ARGUMENTS, cwd=here)
        _, stderr = run.communicate(timeout=120)
        assert run.returncode == 0, stderr
        took = time.monotonic() - begun
    return took


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_signal_at_any_moment_leaves_files_and_packages_as_they_were(
    moment: int, seconds: float, shop: Path, home: Path
) -> None:
    before = state(shop)
    run = start(*ARGUMENTS, cwd=shop.parent)
    time.sleep(max(0.1, seconds * (moment + 0.5) / MOMENTS))
    code, stderr = stop(run, signal.SIGTERM)
    assert wait_until_none_with_home(home) == []
    if code == 0 or "`shop` is complete" in stderr:
        assert (shop / ".flaskgen/project.toml").exists()
        assert not (shop / ".flaskgen/transaction").exists()
    else:
        assert "Traceback" not in stderr
        assert state(shop) == before


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_after_a_kill_at_any_moment_the_next_run_begins_with_what_was_there(
    moment: int, seconds: float, shop: Path, home: Path
) -> None:
    before = state(shop)
    run = start(*ARGUMENTS, cwd=shop.parent)
    time.sleep(max(0.1, seconds * (moment + 0.5) / MOMENTS))
    stop(run, signal.SIGKILL)
    wait_until_none_with_home(home)
    if (shop / ".flaskgen/project.toml").exists() and not (shop / ".flaskgen/transaction").exists():
        return  # it had finished
    failing = flaskgen(*ARGUMENTS, "--flask", "9.9", cwd=shop.parent)
    assert failing.returncode == 1, failing.stderr
    if (shop / ".flaskgen").exists():  # killed before it noted anything
        shutil.rmtree(shop / ".flaskgen")
    assert state(shop) == before
    result = flaskgen(*ARGUMENTS, cwd=shop.parent)
    assert result.returncode == 0, result.stderr
    assert (shop / ".gitignore").read_bytes().startswith(b"x\n\n# Python\n")
    assert (shop / "README.md").read_bytes() == before["README.md"]
    assert flaskgen("freeze", "--check", cwd=shop).returncode == 0
