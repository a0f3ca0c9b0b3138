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
    WEB,
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


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("my_shop/auth/views.py", "            session.clear()\n", ""),
        ("my_shop/auth/views.py", r"(?![/\\])[^\\\x00-\x20\x7f]*", ".*"),
        ("my_shop/auth/views.py", "@login_required\n", ""),
        ("my_shop/auth/views.py", 'methods=["POST"]', 'methods=["GET", "POST"]'),
        ("my_shop/auth/users.py", "user and user.get_id() == session_id", "user"),
        ("my_shop/auth/password_reset.py", "current_app.config", "None and current_app.config"),
        ("my_shop/config.py", "require_strong_key(app", "repr(app"),
        ("my_shop/config.py", '"SESSION_COOKIE_SECURE": not app.debug', '"SESSION_COOKIE_SECURE": False'),
        ("my_shop/extensions.py", "    csrf.init_app(app)\n", ""),
        ("my_shop/security.py", "app.after_request(add_headers)", "pass"),
        ("my_shop/errors.py", "error=error)", "error=error.original_exception)"),
    ],
)
def test_generated_tests_notice_when_a_control_is_taken_out(
    project_python: Path,
    projects: Mapping[Subset, Path],
    path: str,
    old: str,
    new: str,
):
    project = projects[WEB]
    module = project / path
    original = module.read_text()
    assert old in original
    module.write_text(original.replace(old, new))
    try:
        assert run_tests(project_python, project, "-x").returncode == 1
    finally:
        module.write_text(original)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("my_shop/security.py", "    app.before_request(check_host)\n", ""),
        ("my_shop/errors.py", "not isinstance(error, HTTPException)", "False"),
        ("my_shop/config.py", '"REMEMBER_COOKIE_HTTPONLY": True', '"REMEMBER_COOKIE_HTTPONLY": False'),
        ("my_shop/cli.py", "    context.with_resource(context.obj.app_context())\n", ""),
    ],
)
def test_generated_tests_of_the_oldest_line_notice_when_what_it_lacks_is_not_made_up_for(
    python_for: PythonFor, tmp_path: Path, path: str, old: str, new: str
):
    oldest = LINES[0]
    project = write_tree(tmp_path / "my-shop", render_project(WEB, line=oldest))
    module = project / path
    assert old in module.read_text()
    module.write_text(module.read_text().replace(old, new))
    assert run_tests(python_for(oldest, any_python_of(oldest)), project, "-x").returncode == 1
