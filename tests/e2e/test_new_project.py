"""What `flaskgen new` makes with a real index, option by option."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.installed import call, installed_in, made, pins, without_pip

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_installed_set_is_what_the_requirements_say_and_the_tests_pass(
    flaskgen: Run, tmp_path: Path
) -> None:
    told = made(flaskgen("new", "shop", "--preset", "web", "--json", "--test", "--hashes", "--git"))
    project = tmp_path / "shop"
    pinned = pins(project, "requirements.txt", "requirements-dev.txt")
    assert without_pip(installed_in(project)) == pinned
    assert {name: version for name, version in told["versions"].items() if name != "pip"} == pinned
    assert told["verified"]["status"] == 200
    assert re.search(r"\d+ passed", told["verified"]["tests"])
    assert "failed" not in told["verified"]["tests"]
    titles = {step["title"] for step in told["steps"]}
    assert titles >= {"Write the project's files", "Run the project's tests", "Create a Git repository"}
    prompt = call("bash", "-c", ". .venv/bin/activate; echo $VIRTUAL_ENV_PROMPT", cwd=project)
    assert prompt.strip() == "shop"
    # The hashes are those that pip checks.
    answer = call(
        project / ".venv/bin/python",
        *("-I", "-m", "pip", "install", "--dry-run", "--ignore-installed", "--require-hashes"),
        *("--no-deps", "--quiet", "--report", "-", "-r", "requirements.txt"),
        cwd=project,
    )
    would = {item["metadata"]["name"].lower().replace("_", "-") for item in json.loads(answer)["install"]}
    assert would == set(pins(project, "requirements.txt"))
    committed = call("git", "ls-files", cwd=project).split()
    assert ".env" not in committed
    assert [name for name in committed if name.startswith(".flaskgen/")] == [
        ".flaskgen/base.zip",
        ".flaskgen/project.toml",
    ]


def test_the_next_commands_lead_to_a_running_application(flaskgen: Run, tmp_path: Path) -> None:
    told = made(flaskgen("new", "shop", "--preset", "web", "--json"))
    steps = [step.partition("  #")[0] for step in told["next_steps"]]
    assert steps[-1] == "flask run --debug"
    script = "\n".join([*(step for step in steps[:-1] if "create-user" not in step), "flask routes"])
    shown = subprocess.run(["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0, shown.stderr
    assert "main.index" in shown.stdout


def test_without_test_tools_just_the_runtime_is_installed(flaskgen: Run, tmp_path: Path) -> None:
    made(flaskgen("new", "shop", "-x", "login", "--no-dev", "--no-verify", "--json"))
    assert without_pip(installed_in(tmp_path / "shop")) == pins(tmp_path / "shop", "requirements.txt")
    assert "pytest" not in installed_in(tmp_path / "shop")


def test_a_warm_cache_needs_no_network(flaskgen: Run, tmp_path: Path) -> None:
    made(flaskgen("new", "first", "-x", "mail", "--json"))
    told = made(
        flaskgen("new", "second", "-x", "mail", "--offline", "--json", ALL_PROXY="http://127.0.0.1:9")
    )
    assert told["verified"]["status"] == 200
    assert installed_in(tmp_path / "first") == installed_in(tmp_path / "second")


def test_newest_resolves_anew_within_the_bounds_and_says_so(flaskgen: Run, tmp_path: Path) -> None:
    told = made(flaskgen("new", "shop", "-x", "login", "--newest", "--test", "--json"))
    assert any("not tested together" in warning for warning in told["warnings"])
    assert told["versions"]["flask"] == "3.1.3"
    pinned = pins(tmp_path / "shop", "requirements.txt", "requirements-dev.txt")
    assert without_pip(installed_in(tmp_path / "shop")) == pinned
    assert re.search(r"\d+ passed", told["verified"]["tests"])


def test_another_release_than_the_locked_one_is_resolved_and_noted(flaskgen: Run, tmp_path: Path) -> None:
    told = made(flaskgen("new", "shop", "--flask", "3.1.0", "--json"))
    assert told["versions"]["flask"] == installed_in(tmp_path / "shop")["flask"] == "3.1.0"
    assert any("not tested together" in warning for warning in told["warnings"])
    assert "Flask==3.1.0" in (tmp_path / "shop" / "pyproject.toml").read_text()


def find_python(minor: str) -> str | None:
    root = os.environ.get("PYENV_ROOT")
    kept = sorted(Path(root).glob(f"versions/{minor}.*/bin/python")) if root else []
    return str(kept[-1]) if kept else shutil.which(f"python{minor}")


@pytest.mark.parametrize("minor", ["3.9", "3.12"])
def test_the_interpreter_can_be_named_by_version_or_path(flaskgen: Run, tmp_path: Path, minor: str) -> None:
    path = find_python(minor)
    if path is None:
        pytest.skip(f"there is no Python {minor} here")
    for name, asked in (("by-version", minor), ("by-path", path)):
        told = made(flaskgen("new", name, "--python", asked, "--json"))
        version = call(tmp_path / name / ".venv/bin/python", "--version", cwd=tmp_path)
        assert version.startswith(f"Python {minor}.")
        assert told["verified"]["python"].startswith(f"{minor}.")
        pinned = pins(tmp_path / name, "requirements.txt", "requirements-dev.txt")
        assert without_pip(installed_in(tmp_path / name)) == pinned


@pytest.mark.parametrize("parent", ["d" * 150, "my work/it's/a&b; (c) #d/caf\u00e9"])
def test_unusual_paths_work(flaskgen: Run, tmp_path: Path, parent: str) -> None:
    (tmp_path / parent).mkdir(parents=True)
    made(flaskgen("new", "shop", "--json", cwd=tmp_path / parent))
    scripts = tmp_path / parent / "shop" / ".venv" / "bin"
    assert "Flask 3.1.3" in call(scripts / "flask", "--version", cwd=tmp_path / parent / "shop")
    assert "pytest" in call(scripts / "pytest", "--version", cwd=tmp_path / parent / "shop")


def test_a_damaged_cache_is_repaired(flaskgen: Run, tmp_path: Path, home: Path) -> None:
    """uv links its cache into environments: an edit in one of them is an edit in the cache."""
    cache = str(tmp_path / "cache-of-its-own")
    made(flaskgen("new", "first", "--json", "--no-dev", UV_CACHE_DIR=cache))
    (edited,) = (tmp_path / "first").glob(".venv/lib/*/site-packages/flask/app.py")
    edited.write_text("raise SystemExit('edited')\n")
    told = made(flaskgen("new", "second", "--json", "--no-dev", UV_CACHE_DIR=cache))
    assert told["verified"]["status"] == 200
    (fresh,) = (tmp_path / "second").glob(".venv/lib/*/site-packages/flask/app.py")
    assert "edited" not in fresh.read_text()


def test_flaskgen_of_another_directory_with_misleading_modules_is_not_misled(
    flaskgen: Run, tmp_path: Path
) -> None:
    flaskgen_command = Path(sys.executable).with_name("flaskgen")
    for name in ("pip.py", "json.py", "venv.py", "flask.py", "virtualenv.py"):
        (tmp_path / name).write_text("raise SystemExit('misled')\n")
    completed = subprocess.run(
        [flaskgen_command, "new", "shop", "--json"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert made(completed)["verified"]["status"] == 200
