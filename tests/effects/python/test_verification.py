from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.python.verification import get_first_page, run_tests
from flaskgen.effects.system.session import Session
from flaskgen.errors import VerificationFailed


@pytest.fixture
def project(tmp_path: Path, flaskgen: Callable[..., subprocess.CompletedProcess[str]]) -> Path:
    made = flaskgen("new", "shop", "--no-verify", "--no-dev", "--no-git", "--quiet")
    assert made.returncode == 0, made.stderr
    return tmp_path / "shop"


def verify(project: Path, source: str) -> tuple[str, int]:
    (project / "shop" / "__init__.py").write_text(source)
    python = project / ".venv" / "bin" / "python"
    seen = get_first_page(project, package="shop", python=python, session=Session())
    return seen.python, seen.status


_APP = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n"


@pytest.mark.e2e
def test_a_page_that_answers_is_told_with_the_interpreter(project: Path) -> None:
    source = f"print('noise')\n{_APP}    app.add_url_rule('/', view_func=str)\n    return app\n"
    version, status = verify(project, source)
    assert f"version_info = {version}." in (project / ".venv" / "pyvenv.cfg").read_text()
    assert status == 200


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('broken on purpose')\n", "RuntimeError: broken on purpose"),
        ("", "cannot import name 'create_app'"),
        ("def create_app():\n    return 1\n", "did not give a Flask application"),
        (f"{_APP}    return app\n", "GET / gave 404"),
        ("import os\nos._exit(3)\n", "it printed nothing"),
    ],
)
def test_an_application_that_does_not_answer_is_told_with_the_reason(
    project: Path, source: str, reason: str
) -> None:
    with pytest.raises(VerificationFailed) as raised:
        verify(project, source)
    assert reason in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint


def test_tests_that_pass_give_their_closing_line(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    closing = run_tests(tmp_path, python=Path(sys.executable), session=Session())
    assert closing.startswith("1 passed")


def test_tests_that_fail_are_told(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n")
    with pytest.raises(VerificationFailed, match=r"the generated tests fail: .*1 failed"):
        run_tests(tmp_path, python=Path(sys.executable), session=Session())
