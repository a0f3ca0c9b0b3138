"""`flaskgen new --workon` with a real virtualenvwrapper in a real bash."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.runs import listing, start, stop, wait_for, wait_until_none_with_home

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wrapper() -> Path:
    """The script of virtualenvwrapper that a shell reads."""
    script = Path(sys.executable).with_name("virtualenvwrapper.sh")
    if not script.exists() or importlib.util.find_spec("virtualenvwrapper") is None:
        pytest.fail("virtualenvwrapper is not installed: pip install -e '.[test]'")
    return script


def shell(script: str, *, wrapper: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'. "{wrapper}" >/dev/null && {script}'],
        cwd=cwd,
        env=os.environ
        | {"VIRTUALENVWRAPPER_PYTHON": sys.executable, "PATH": f"{wrapper.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("where", [None, "my envs"])
def test_workon_enters_the_environment_and_changes_to_the_project(
    flaskgen: Run,
    tmp_path: Path,
    home: Path,
    wrapper: Path,
    where: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / where if where else home / ".virtualenvs"
    if where:
        monkeypatch.setenv("WORKON_HOME", str(folder))
    completed = flaskgen("new", "my-shop", "--workon", "--json")
    assert completed.returncode == 0, completed.stdout
    told = json.loads(completed.stdout)
    assert told["environment"] == str(folder / "my-shop")
    assert told["next_steps"][0] == "workon my-shop"
    assert not (tmp_path / "my-shop" / ".venv").exists()
    seen = shell(
        "workon my-shop && pwd && echo $VIRTUAL_ENV && flask --version", wrapper=wrapper, cwd=tmp_path
    )
    assert seen.returncode == 0, seen.stderr
    here, environment, _, flask, *_ = seen.stdout.splitlines()
    assert here == str(tmp_path / "my-shop")
    assert environment == str(folder / "my-shop")
    assert flask == "Flask 3.1.3"


def test_a_failure_removes_the_environment_and_the_folder_made_for_it(
    flaskgen: Run, tmp_path: Path, home: Path
) -> None:
    cache = str(tmp_path / "empty-cache")
    completed = flaskgen("new", "shop", "--workon", "--offline", UV_CACHE_DIR=cache)
    assert completed.returncode == 1
    assert not (home / ".virtualenvs").exists()
    assert not (tmp_path / "shop").exists()


def test_a_signal_removes_the_environment(tmp_path: Path, home: Path) -> None:
    (home / ".virtualenvs" / "other").mkdir(parents=True)
    run = start("new", "shop", "--workon", cwd=tmp_path)
    wait_for(home / ".virtualenvs" / "shop" / "bin", run)
    code, stderr = stop(run, signal.SIGTERM)
    assert code == 128 + signal.SIGTERM, stderr
    assert listing(home / ".virtualenvs") == {"other": None}
    assert not (tmp_path / "shop").exists()


def test_after_a_kill_the_next_run_takes_the_name_again(flaskgen: Run, tmp_path: Path, home: Path) -> None:
    run = start("new", "shop", "--workon", cwd=tmp_path)
    wait_for(home / ".virtualenvs" / "shop" / "bin", run)
    stop(run, signal.SIGKILL)
    wait_until_none_with_home(home)  # git may still be at work
    assert (home / ".virtualenvs" / "shop").exists()
    shutil.copytree(tmp_path / "shop", tmp_path / "copy" / "shop")
    elsewhere = flaskgen("new", "shop", "--workon", cwd=tmp_path / "copy")
    assert elsewhere.returncode == 1
    assert "there is already an environment `shop`" in elsewhere.stderr
    again = flaskgen("new", "shop", "--workon")
    assert again.returncode == 0, again.stderr
    assert (home / ".virtualenvs" / "shop" / ".project").read_text() == f"{tmp_path / 'shop'}\n"
