from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction import holding
from flaskgen.effects.transaction.holding import hold_project
from flaskgen.effects.transaction.log import LOG, Log, LoggedFile, digest
from tests.cli.conftest import Invoke, Result
from tests.effects.tiny_packages import build_wheel, make_project, site_packages_of

Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(
        tmp_path / "shop",
        build_wheel(tmp_path, "Flask", "3.1.3", requires=["click"]),
        build_wheel(tmp_path, "click", "8.2"),
        build_wheel(tmp_path, "pytest", "9"),
    )


@pytest.fixture
def flaskgen(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(folder: Path, *arguments: str) -> Result:
        monkeypatch.chdir(folder)
        return invoke(*arguments)

    return run


def test_it_says_what_it_wrote_on_stderr(flaskgen: Run, project: Path) -> None:
    first = flaskgen(project, "freeze")
    assert (first.code, first.out) == (0, "")
    assert first.err.splitlines() == [
        "freeze: requirements.txt created (2 pins)",
        "freeze: requirements-dev.txt created (1 pin)",
    ]
    text = (project / "requirements.txt").read_text()
    (project / "requirements.txt").write_text(text.replace("click==8.2\n", "").replace("3.1.3", "3.1.2"))
    assert flaskgen(project, "freeze").err.splitlines() == [
        "freeze: requirements.txt updated (1 added, 1 changed)",
        "freeze: requirements-dev.txt is up to date (1 pin)",
    ]
    assert (project / "requirements.txt").read_text() == text


def test_quiet_says_nothing(flaskgen: Run, project: Path) -> None:
    done = flaskgen(project, "freeze", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (project / "requirements.txt").exists()


def test_the_project_is_found_from_a_folder_in_it(flaskgen: Run, project: Path) -> None:
    (project / "a" / "b").mkdir(parents=True)
    assert flaskgen(project / "a" / "b", "freeze").code == 0
    assert (project / "requirements.txt").exists()


def test_check_prints_a_diff_that_git_applies_and_exits_with_4(flaskgen: Run, project: Path) -> None:
    flaskgen(project, "freeze")
    assert flaskgen(project, "freeze", "--check").code == 0
    assert flaskgen(project, "freeze", "--check").out == ""
    right = (project / "requirements.txt").read_text()
    wrong = right.replace("8.2", "8.1")
    (project / "requirements.txt").write_text(wrong)
    (project / "requirements-dev.txt").unlink()
    drift = flaskgen(project, "freeze", "--check")
    assert drift.code == 4
    assert "error: requirements.txt and requirements-dev.txt do not match what is installed in" in drift.err
    assert "hint: bring them up to date: flaskgen freeze" in drift.err
    assert (project / "requirements.txt").read_text() == wrong
    assert not (project / "requirements-dev.txt").exists()
    subprocess.run(["git", "apply", "-"], input=drift.out, text=True, cwd=project, check=True)
    assert (project / "requirements.txt").read_text() == right
    assert flaskgen(project, "freeze", "--check").code == 0


def test_json_is_one_object(flaskgen: Run, project: Path) -> None:
    shutil.copytree(
        site_packages_of(project / ".venv") / "click-8.2.dist-info",
        site_packages_of(project / ".venv") / "~lick-8.2.dist-info",
    )
    done = flaskgen(project, "freeze", "--json")
    assert done.err == ""
    shown = json.loads(done.out)
    assert (shown["changed"], shown["written"]) == (True, True)
    assert [(pin["name"], pin["version"], pin["file"], pin["via"]) for pin in shown["pins"]] == [
        ("click", "8.2", "requirements.txt", ["flask"]),
        ("flask", "3.1.3", "requirements.txt", ["pyproject.toml"]),
        ("pytest", "9", "requirements-dev.txt", ["pyproject.toml (dev)"]),
    ]
    assert [file["added"] for file in shown["files"]] == [2, 1]
    assert "~lick" in shown["warnings"][0]
    assert json.loads(flaskgen(project, "freeze", "--json").out)["changed"] is False


def test_json_shows_drift_in_the_same_object(flaskgen: Run, project: Path) -> None:
    done = flaskgen(project, "freeze", "--json", "--check")
    assert done.code == 4
    shown = json.loads(done.out)
    assert (shown["changed"], shown["written"]) == (True, False)
    assert "+click==8.2\n" in shown["files"][0]["diff"]


def test_an_error_with_json_is_an_object_with_its_kind(flaskgen: Run, project: Path) -> None:
    shutil.rmtree(project / ".venv")
    done = flaskgen(project, "freeze", "--json")
    assert done.code == 1
    assert json.loads(done.out)["error"]["kind"] == "environment-broken"


@pytest.mark.parametrize("path", ["shop/.venv", "absolute"])
def test_any_environment_is_frozen_into_the_current_folder(
    flaskgen: Run, path: str, project: Path, tmp_path: Path
) -> None:
    if path == "absolute":
        path = str(project / ".venv")
    done = flaskgen(tmp_path, "freeze", "--venv", path)
    assert done.code == 0
    assert (tmp_path / "requirements.txt").read_text().count("==") == 3
    assert not (tmp_path / "requirements-dev.txt").exists()
    assert not (project / "requirements.txt").exists()


def test_the_record_may_name_the_environment(flaskgen: Run, project: Path) -> None:
    (project / ".venv").rename(project.parent / "elsewhere")
    (project / ".flaskgen" / "project.toml").write_text("[environment]\npath = '../elsewhere'\n")
    assert flaskgen(project, "freeze").code == 0


def test_no_project_and_no_environment_is_an_error(flaskgen: Run, tmp_path: Path) -> None:
    done = flaskgen(tmp_path, "freeze")
    assert done.code == 1
    assert f"error: there is no flaskgen project in {tmp_path} or above it" in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize("arguments", [["--venv"], ["--no-such"], ["extra"]])
def test_wrong_usage_exits_with_2(flaskgen: Run, arguments: list[str], project: Path) -> None:
    assert flaskgen(project, "freeze", *arguments).code == 2
    assert not (project / "requirements.txt").exists()


def test_another_run_in_the_project_is_waited_for(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "_PATIENCE", 0.05)
    monkeypatch.chdir(project)
    with hold_project(project, session=Session()):
        result = invoke("freeze")
        assert (result.code, "another flaskgen has been using" in result.only("error")) == (1, True)
        assert not (project / "requirements.txt").exists()
    assert invoke("freeze").code == 0


def test_a_killed_add_is_rolled_back_first(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".venv" / "bin" / "activate").touch()
    Log(project / LOG, "add mail", files=(LoggedFile("mail.py", None, digest(b"x")),)).save()
    (project / "mail.py").write_bytes(b"x")
    monkeypatch.chdir(project)
    result = invoke("freeze")
    assert (result.code, result.only("warning")) == (
        0,
        "`flaskgen add mail` was interrupted: its changes were rolled back",
    )
    assert not (project / "mail.py").exists()
    assert (project / ".venv" / "bin" / "activate").exists()
    assert not (project / LOG).exists()
