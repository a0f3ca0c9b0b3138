from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flaskgen.commands.foreign import attempting, beginning
from tests.cli.conftest import Invoke
from tests.commands.verbs.test_rescue import APP, FLASK, HERE
from tests.effects.index_server import LoopbackIndex, make_wheel, serve


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    directory = tmp_path / "shop"
    directory.mkdir()
    (directory / "app.py").write_text("import os\nkey = os.environ['SECRET_KEY']\n" + APP)
    (directory / "requirements.txt").write_text("flask==1.1\nredis\n")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(beginning, "find_interpreters", lambda session: (HERE,))
    wheels = [make_wheel(name, "1.0") for name in ("redis", "pip", "setuptools")]
    broken = make_wheel("flask", "1.1", text="\nfrom os import nothing\n")
    with serve(LoopbackIndex()) as index:
        index.add(*wheels, broken, make_wheel("flask", "1.2", text=FLASK))
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield directory


def test_less_and_more_output_contradict_each_other(invoke: Invoke, project: Path):
    run = invoke("rescue", "shop", "-q", "-v")
    assert (run.code, run.only("error")) == (2, "--quiet and --verbose contradict each other")
    assert not (project / "RESCUE.md").exists()


def test_what_was_done_fits_a_screen(invoke: Invoke, project: Path):
    run = invoke("rescue", "shop")
    assert run.code == 0
    first, *lines = run.out.splitlines()
    assert first == f"shop: Flask 1.2. Python {HERE.minor}; 1 requirement kept, 1 loosened. Starts."
    assert lines[0].startswith("  flask==1.1  loosened, 1.2: ImportError: cannot import name 'nothing'")
    assert "It needs Redis (requirements.txt: redis)." in lines
    assert any("SECRET_KEY" in line for line in lines)
    assert "Attempt 1: Python" in run.err


@pytest.mark.e2e
def test_a_pin_of_a_constraint_is_loosened_as_one_of_a_requirement(invoke: Invoke, project: Path):
    (project / "requirements.txt").write_text("flask\nredis\n-climits.txt\n")
    (project / "limits.txt").write_text("flask==1.1\n")
    first, second, *_ = invoke("rescue", "shop").out.splitlines()
    assert first == f"shop: Flask 1.2. Python {HERE.minor}; 1 requirement kept, 1 loosened. Starts."
    assert second.startswith("  flask==1.1  loosened, 1.2: ImportError: cannot import name 'nothing'")


@pytest.mark.e2e
def test_the_report_says_why_this_python_was_taken(invoke: Invoke, project: Path):
    (project / "runtime.txt").write_text(f"python-{HERE.version}\n")
    assert "note: runtime.txt" not in invoke("rescue", "shop").out
    assert f"Python {HERE.minor}: runtime.txt asks for it." in (project / "RESCUE.md").read_text()


@pytest.mark.e2e
def test_a_python_that_was_not_taken_is_named(invoke: Invoke, project: Path):
    (project / "Dockerfile").write_text("FROM python:3.4\n")
    note = f"Dockerfile asks for Python 3.4, which is not installed: it was rescued with {HERE.minor}"
    assert f"note: {note}" in invoke("rescue", "shop").out.splitlines()
    assert f"- {note}" in (project / "RESCUE.md").read_text().splitlines()


def test_json_is_as_the_schema_says(invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch):
    index = os.environ["PIP_INDEX_URL"]
    monkeypatch.delenv("PIP_INDEX_URL")
    run = invoke("rescue", "shop", "--json", "--hashes", "--index-url", index)
    printed = json.loads(run.out)
    assert (printed["started"], printed["attempts"], printed["status"]) == (True, 2, 200)
    assert printed["variables"] == {"SECRET_KEY": "placeholder"}
    assert printed["services"] == [{"name": "Redis", "found_in": "requirements.txt: redis"}]
    assert "--hash=sha256:" in (project / "requirements.rescued.txt").read_text()


def test_a_failure_says_what_stopped_the_nearest_attempt(invoke: Invoke, project: Path):
    (project / "app.py").write_text(APP + "raise RuntimeError('no')\n")
    run = invoke("rescue", "shop")
    assert run.code == 1
    assert run.only("error") == "`shop` does not start: RuntimeError: no (app.py:3)"
    assert any("attempts: Python" in text for label, text in run.lines if label == "note")
    assert not (project / ".venv").exists()


@pytest.mark.e2e
def test_an_attempt_is_the_last_after_the_limit(invoke: Invoke, project: Path, monkeypatch):
    monkeypatch.setattr(attempting, "MOST", 1)
    assert invoke("rescue", "shop").code == 1


@pytest.mark.parametrize(
    ("option", "code"), [("--date=yesterday", 2), ("--python=x", 2), ("--python=3.2", 1)]
)
def test_what_is_typed_wrong_is_refused(invoke: Invoke, project: Path, option: str, code: int):
    assert invoke("rescue", "shop", option).code == code
