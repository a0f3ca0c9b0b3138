from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import ANY

import pytest

from flaskgen.effects.python import verification
from flaskgen.effects.python.verification import Answer, check_application, run_tests
from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.session import Session
from flaskgen.errors import VerificationFailed

Check = Callable[..., Answer]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """The interpreter of an environment with Flask in it."""
    place = tmp_path_factory.mktemp("made")
    command = [sys.executable, "-m", "flaskgen", "new", "made", "--no-verify", "--no-dev", "--no-git", "-q"]
    subprocess.run(command, cwd=place, env=os.environ | {"XDG_CACHE_HOME": str(shared_cache)}, check=True)
    return place / "made" / ".venv" / "bin" / "python"


@pytest.fixture
def check(python: Path, tmp_path: Path) -> Check:
    """Checks an application of one module."""

    def check(source: str, **environment: str) -> Answer:
        (tmp_path / "shop.py").write_text(source)
        inherited = {**child_environment(), **environment}
        return check_application(tmp_path, "shop", python, Session(), environment=inherited)

    return check


_APP = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n"
_PAGE = f"{_APP}    app.add_url_rule('/', view_func=str)\n    return app\n"


@pytest.mark.e2e
@pytest.mark.parametrize(
    "noise",
    [
        "print('noise')\n",
        "import atexit\natexit.register(print, 'noise')\n",
        "import os\nos.write(1, b'noise')\n",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
    ],
)
def test_the_answer_comes_with_the_interpreter_whatever_else_the_application_does(
    check: Check, python: Path, noise: str
) -> None:
    answer = check(noise + _PAGE)
    assert f"version_info = {answer.python}." in (python.parents[1] / "pyvenv.cfg").read_text()
    assert (answer.status, answer.works, answer.reason) == (200, True, "")


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('broken on purpose')\n", "RuntimeError: broken on purpose"),
        ("raise SystemExit('no key')\n", "SystemExit: no key"),
        ("", "cannot import name 'create_app'"),
        ("def create_app():\n    return 1\n", "did not return a Flask application"),
        (f"{_APP}    app.view_functions['x'] = 1 / 0\n", "ZeroDivisionError"),
        (f"{_APP}    app.add_url_rule('/', view_func=lambda: 1 / 0)\n    return app\n", "ZeroDivisionError"),
        (
            "import threading\nthreading.Thread(target=threading.Event().wait).start()\n1 / 0\n",
            "ZeroDivision",
        ),
        ("import os\nos._exit(3)\n", "it failed with exit code 3"),
        ("import os\nos._exit(0)\n", "it ended without an answer"),
        ("import os\nos.kill(os.getpid(), 9)\n", "it was killed by SIGKILL"),
        ("def create_app(:\n", "SyntaxError"),
    ],
)
def test_an_application_that_does_not_work_is_named_with_the_reason(
    check: Check, source: str, reason: str
) -> None:
    answer = check(source)
    assert not answer.works
    assert reason in answer.reason
    assert "\n" not in answer.reason


@pytest.mark.e2e
def test_an_error_of_the_server_is_named_with_what_the_application_logged(check: Check) -> None:
    source = f"{_APP}    app.add_url_rule('/', view_func=lambda: 1 / 0)\n    return app\n"
    assert check(source) == Answer(500, ANY, "`GET /` returns 500: ZeroDivisionError: division by zero")


@pytest.mark.e2e
def test_an_application_that_hangs_is_given_up(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_PATIENCE", 1)
    answer = check("import time\ntime.sleep(600)\n")
    assert (answer.status, answer.reason) == (None, "it did not answer within 1 seconds")


@pytest.mark.e2e
def test_a_page_that_is_not_there_is_an_answer(check: Check) -> None:
    answer = check(f"{_APP}    return app\n")
    assert (answer.status, answer.works, answer.reason) == (404, True, "`GET /` returns 404")


@pytest.mark.e2e
def test_settings_can_be_variables(check: Check) -> None:
    source = f"import os\nos.environ['SHOP_KEY']\n{_PAGE}"
    assert check(source).reason == "KeyError: 'SHOP_KEY'"
    assert check(source, SHOP_KEY="x").status == 200


def test_an_interpreter_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    answer = check_application(tmp_path, "shop", tmp_path / "python", Session())
    assert (answer.status, answer.works) == (None, False)
    assert answer.reason.startswith(f"cannot run {tmp_path / 'python'}")


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (200, 200, False),
        (200, 302, False),
        (302, 200, False),
        (401, 404, False),
        (404, 200, False),
        (200, 404, True),
        (302, 400, True),
        (404, 500, True),
        (200, 500, True),
        (200, None, True),
        (404, None, True),
        (500, 500, False),
        (500, None, False),
        (None, None, False),
    ],
)
def test_an_error_of_a_graver_kind_is_worse(before: int | None, after: int | None, worse: bool) -> None:
    assert Answer(after).is_worse_than(Answer(before)) is worse


def test_tests_that_pass_return_their_closing_line(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    closing = run_tests(tmp_path, python=Path(sys.executable), session=Session())
    assert closing.startswith("1 passed")


def test_tests_that_fail_are_named(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n")
    with pytest.raises(VerificationFailed, match=r"the generated tests fail: .*1 failed"):
        run_tests(tmp_path, python=Path(sys.executable), session=Session())
