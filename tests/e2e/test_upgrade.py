"""Upgrades of real projects: Flask, Python and packages move after a rehearsal, and undo brings all back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import version_numbers
from tests.commands.projects import record_of
from tests.e2e.installed import call, installed_in
from tests.e2e.runs import listing
from tests.e2e.test_change_project import edit_by_hand, ok
from tests.project_templates.served import Site
from tests.schemas import require_printed_valid

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]
OWN = "toolz==0.12.0"  # which no lock has
EXTENSIONS = "migrate,mail,caching,smorest"
PYTHONS = sorted({one.minor for one in find_interpreters(Session()) if one.usual}, key=version_numbers)
NEWER = [minor for minor in PYTHONS if (3, 10) <= version_numbers(minor) <= (3, 13)]


@pytest.fixture
def make(flaskgen: Run, tmp_path: Path) -> Callable[..., Path]:
    def make(*options: str) -> Path:
        ok(flaskgen("new", "shop", *options, "-y", "-q", "--no-git", "--no-verify"))
        return tmp_path / "shop"

    return make


def pip(project: Path, *arguments: str) -> None:
    call(project / ".venv/bin/python", "-I", "-m", "pip", *arguments, cwd=project)


def require(project: Path, requirement: str) -> None:
    """Add a requirement of the user's own, and install it."""
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text().replace("dependencies = [\n", f'dependencies = [\n    "{requirement}",\n', 1)
    )
    pip(project, "install", "-q", requirement)


def state_of(project: Path) -> dict[str, bytes | None]:
    """Return all files of a project and its environment, but for what Python compiled and what uv adds."""
    left_out = {"__pycache__", "include", "undo", ".lock"}
    return {path: text for path, text in listing(project).items() if not left_out & {*path.split("/")}}


def upgrade(flaskgen: Run, project: Path, *arguments: str) -> dict[str, Any]:
    completed = ok(flaskgen("upgrade", *arguments, "--json", cwd=project))
    require_printed_valid(["upgrade", "--json"], completed.stdout)
    printed: dict[str, Any] = json.loads(completed.stdout)
    return printed


def test_a_project_with_edits_and_own_packages_moves_to_another_series_and_back(
    flaskgen: Run, make: Callable[..., Path]
) -> None:
    project = make("--flask", "2.3", "--with", EXTENSIONS)
    edit_by_hand(project)
    require(project, OWN)
    ok(flaskgen("freeze", "-q", cwd=project))
    before, packages = state_of(project), installed_in(project)
    planned = json.loads(ok(flaskgen("upgrade", "--flask", "3.1", "--dry-run", "--json", cwd=project)).stdout)
    assert state_of(project) == before
    done = upgrade(flaskgen, project, "--flask", "3.1")
    assert planned["packages"] == done["packages"]
    assert done["verified"]["works"]
    assert " passed" in done["verified"]["tests"]
    moved = {move["name"]: move for move in done["packages"]["moved"]}
    assert moved["flask"]["before"] == packages["flask"]
    assert moved["flask"]["reason"] == "tested with Flask 3.1"
    assert "toolz" not in moved
    Site(project / ".venv/bin/python", project).run_tests()
    pip(project, "check")
    ok(flaskgen("freeze", "--check", cwd=project))
    now = installed_in(project)
    assert now["flask"] == moved["flask"]["after"]
    assert now["toolz"] == packages["toolz"]
    assert f'flask = "{now["flask"]}"' in record_of(project)
    assert "Nothing to do" in ok(flaskgen("upgrade", cwd=project)).stderr
    ok(flaskgen("undo", cwd=project))
    assert state_of(project) == before
    assert installed_in(project) == packages


def test_an_upgrade_after_which_a_test_fails_changes_nothing_and_names_the_test(
    flaskgen: Run, make: Callable[..., Path]
) -> None:
    project = make("--flask", "3.0")
    (project / "tests/test_ours.py").write_text(
        "from importlib.metadata import version\n\n\n"
        "def test_flask():\n    assert version('flask').startswith('3.0')\n\n\n"
        "def test_that_fails_anyway():\n    assert version('flask') == '1'\n"
    )
    before = state_of(project)
    refused = flaskgen("upgrade", "--flask", "3.1", cwd=project)
    assert refused.returncode == 1
    assert "error: 1 test would fail after the change: tests/test_ours.py::test_flask\n" in refused.stderr
    assert "note: tests/test_ours.py::test_flask: AssertionError: " in refused.stderr
    assert state_of(project) == before
    skipped = upgrade(flaskgen, project, "--flask", "3.1", "--no-verify")
    assert skipped["verified"] is None
    assert installed_in(project)["flask"].startswith("3.1")


def test_tests_that_fail_anyway_do_not_stop_an_upgrade(flaskgen: Run, make: Callable[..., Path]) -> None:
    project = make("--flask", "3.0")
    (project / "tests/test_ours.py").write_text("def test_it():\n    assert False\n")
    done = upgrade(flaskgen, project, "--flask", "3.1")
    (warning,) = done["warnings"]
    assert warning.startswith("the tests failed before the change as well: 1 failed")
    assert done["verified"]["tests"] is None


def test_an_application_that_does_not_start_with_the_new_series_stops_the_upgrade(
    flaskgen: Run, make: Callable[..., Path]
) -> None:
    project = make("--flask", "2.2")
    factory = project / "shop/__init__.py"
    factory.write_text(factory.read_text().replace("import Flask\n", "import Flask, _app_ctx_stack\n", 1))
    (project / "tests/conftest.py").unlink()
    for module in (project / "tests").glob("test_*.py"):
        module.unlink()
    before = state_of(project)
    refused = flaskgen("upgrade", "--flask", "3.1", cwd=project)
    assert refused.returncode == 1
    assert "the application would not work after the change: ImportError" in refused.stderr
    assert state_of(project) == before


def test_what_was_changed_by_hand_is_taken_for_the_users_wish(
    flaskgen: Run, make: Callable[..., Path]
) -> None:
    project = make("--flask", "3.0", "--with", "mail")
    pip(project, "install", "-q", "-U", "flask==3.1.1", "rich==13.9.4")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"Flask==3.0.3"', '"Flask==3.1.1"'))
    done = upgrade(flaskgen, project)
    assert {move["name"]: move["before"] for move in done["packages"]["moved"]}["flask"] == "3.1.1"
    now = installed_in(project)
    assert f'"Flask=={now["flask"]}"' in pyproject.read_text()
    assert f'flask = "{now["flask"]}"' in record_of(project)
    assert now["rich"] == "13.9.4"
    ok(flaskgen("freeze", "--check", cwd=project))
    pip(project, "install", "-q", "rich==13.9.3")
    assert upgrade(flaskgen, project)["frozen"] == ["requirements.txt"]
    ok(flaskgen("freeze", "--check", cwd=project))


@pytest.mark.skipif(len(NEWER) < 2, reason="there is one Python")
def test_another_python_gets_a_new_environment_and_undo_brings_the_old_one_back(
    flaskgen: Run, make: Callable[..., Path]
) -> None:
    old, new = NEWER[-2:]
    project = make("--flask", "3.0", "--python", old, "--with", "docker,ci")
    (project / ".python-version").write_text(f"{old}\n")
    require(project, OWN)
    pip(project, "install", "-q", "--no-deps", "-e", ".")
    ok(flaskgen("freeze", "-q", cwd=project))
    before = state_of(project)
    done = upgrade(flaskgen, project, "--flask", "3.1", "--python", new)
    assert version_numbers(done["packages"]["python"])[:2] == version_numbers(new)
    for path, text in {
        "pyproject.toml": f'requires-python = ">={new}"',
        "Dockerfile": f"FROM python:{new}-slim",
        ".github/workflows/tests.yaml": f'python-version: "{new}"',
        ".flaskgen/project.toml": f'python = "{new}"',
        ".venv/pyvenv.cfg": f"version_info = {new}.",
        ".python-version": f"{new}\n",
        "uv.lock": f'requires-python = ">={new}"',
    }.items():
        assert text in (project / path).read_text(), path
    assert f"\n{OWN}\n" in call(project / ".venv/bin/python", "-m", "pip", "freeze", cwd=project)
    Site(project / ".venv/bin/python", project).run_tests()
    ok(flaskgen("freeze", "--check", cwd=project))
    pip(project, "check")
    undone = ok(flaskgen("undo", "--json", cwd=project)).stdout
    require_printed_valid(["undo", "--json"], undone)
    assert json.loads(undone)["environment"]
    assert state_of(project) == before
    Site(project / ".venv/bin/python", project).run_tests()


@pytest.mark.skipif(not {"3.12", "3.13"} <= {*PYTHONS}, reason="one of the Pythons is missing")
def test_what_a_newer_python_would_compile_moves_to_a_release_with_a_wheel(
    flaskgen: Run, make: Callable[..., Path]
) -> None:
    project = make("--python", "3.12")
    pip(project, "install", "-q", "xxhash==3.4.1", "toolz==0.12.0")
    moved = {one["name"]: one for one in upgrade(flaskgen, project, "--python", "3.13")["packages"]["moved"]}
    assert moved["xxhash"]["before"] == "3.4.1"
    assert moved["xxhash"]["reason"] == "3.4.1 has no wheel for Python 3.13"
    assert installed_in(project)["toolz"] == "0.12.0"
