from __future__ import annotations

import json
from pathlib import Path

import pytest

from flaskgen.commands.foreign import beginning, climbing
from tests.cli.conftest import Invoke
from tests.commands.projects import files_of, read_project, write_project
from tests.commands.verbs.test_upgrade_foreign import FLASK, HERE, git, make_repository
from tests.effects.index_server import LoopbackIndex, make_wheel, serve


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    directory = make_repository(tmp_path / "shop", "flask==1.1.4\n")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.chdir(directory)
    for module in (beginning, climbing):
        monkeypatch.setattr(module, "find_interpreters", lambda session: (HERE,))
    with serve(LoopbackIndex()) as index:
        index.add(*(make_wheel(name, "70.0") for name in ("pip", "setuptools")))
        index.add(*(make_wheel("flask", version, text=FLASK) for version in ("1.1.4", "2.0.3")))
        index.add(make_wheel("flask", "2.1.3", text="\nfrom os import nothing\n"))
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield directory


@pytest.mark.e2e
def test_each_step_is_shown_with_what_comes_next(invoke: Invoke, project: Path):
    run = invoke("upgrade", "--flask", "2.0")
    assert run.code == 0, run.err
    head = git(project, "rev-parse", "--short", "upgrade-flask-2.0")
    assert f"Flask 1.1.4 -> 2.0.3, Python {HERE.minor}: its route answers as before [{head}]" in run.out
    assert "Next: git switch upgrade-flask-2.0\n" in run.out


def test_a_rejected_step_exits_with_1_and_says_what_to_do(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project.parent)
    run = invoke("upgrade", "shop", "--flask", "2.1")
    assert run.code == 1
    assert "Next: cd shop\n      git switch upgrade-flask-2.1\n" in run.out
    assert "Flask 2.1.3 was rejected: ImportError: cannot import name 'nothing'" in run.out
    assert "run flaskgen upgrade again" in run.out


def test_json_is_as_the_schema_says(invoke: Invoke, project: Path):
    run = invoke("upgrade", "--flask", "2.1", "--json")
    printed = json.loads(run.out)
    assert run.code == 1
    assert printed["flask"] == {"before": "1.1.4", "after": "2.0.3", "goal": "2.1.3"}
    assert printed["stopped"]["flask"] == "2.1.3"
    assert [step["flask"] for step in printed["steps"]] == ["1.1.4", "2.0.3"]


def test_a_dry_run_prints_the_differences(invoke: Invoke, project: Path):
    run = invoke("upgrade", "--flask", "2.0", "--dry-run")
    assert run.code == 0
    assert "--- a/requirements.txt\n+++ b/requirements.txt\n" in run.out
    assert "git switch" not in run.out


@pytest.mark.e2e
def test_there_is_nothing_to_do_at_the_goal(invoke: Invoke, project: Path):
    assert invoke("upgrade", "--flask", "1.1").out == "Nothing to do: shop has Flask 1.1.4.\n"


@pytest.mark.e2e
def test_an_older_flask_is_an_error(invoke: Invoke, project: Path):
    run = invoke("upgrade", "--flask", "1.0")
    assert (run.code, run.out) == (1, "")
    assert run.only("error") == "Flask 1.0.4 is older than the 1.1.4 of the project"
    assert run.only("hint") == "name a newer one with --flask, or none for the newest"


@pytest.mark.parametrize("option", [("--python", "3.14"), ("--newest",), ("--no-install",), ("--no-verify",)])
def test_what_is_for_other_projects_is_refused(invoke: Invoke, project: Path, option: tuple[str, ...]):
    run = invoke("upgrade", *option)
    assert run.code == 2
    assert run.only("error") == f"{option[0]} is for projects that flaskgen created"


def test_a_project_of_flaskgen_elsewhere_is_upgraded(invoke: Invoke, tmp_path: Path):
    project = write_project(tmp_path / "shop", files_of((), flask="3.0"))
    run = invoke("upgrade", "shop", "--flask", "3.1", "--no-install")
    assert run.code == 0
    assert "\nNext:\n  cd shop\n  python -m pip install " in run.err
    assert read_project(project) == files_of((), flask="3.1")


def test_a_directory_that_is_missing_is_not_looked_for_above(invoke: Invoke, tmp_path: Path):
    write_project(tmp_path / "shop", files_of((), flask="3.0"))
    run = invoke("upgrade", "shop/typo", "--flask", "3.1")
    assert (run.code, run.only("error")) == (1, f"`{tmp_path}/shop/typo` is not a directory")
