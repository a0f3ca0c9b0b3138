"""Every subset of the extensions passes the tests that it is generated with."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.project_templates.subsets import WEB, Subset, each_subset

pytestmark = pytest.mark.e2e


def run_tests(python: Path, project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@each_subset
def test_generated_tests_pass(project_python: Path, projects: Mapping[Subset, Path], subset: Subset):
    project = projects[subset]
    before = sorted(project.rglob("*"))
    done = run_tests(project_python, project)
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"\d+ passed in [\d.]+s", done.stdout.splitlines()[-1]), done.stdout
    assert sorted(project.rglob("*")) == before, "the tests left files behind"


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
