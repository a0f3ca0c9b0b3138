"""What git knows of a project."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flaskgen.effects.git import is_clean
from flaskgen.effects.system.session import Session
from tests.effects.transaction.changes import leave_log


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "shop"
    (folder / ".flaskgen").mkdir(parents=True)
    (folder / ".flaskgen" / "project.toml").touch()
    (folder / "a.py").write_text("a\n")
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "Start")
    return folder


def test_it_is_clean_when_all_below_it_is_committed(project: Path):
    (project.parent / "elsewhere.py").touch()
    (project / ".flaskgen" / "lock").touch()
    leave_log(project)
    assert is_clean(project, session=Session()) is True


@pytest.mark.parametrize("name", ["a.py", "new.py"])
def test_it_is_not_with_a_changed_or_new_file(project: Path, name: str):
    (project / name).write_text("b\n")
    assert is_clean(project, session=Session()) is False


def test_nothing_is_known_outside_git_or_without_it(project: Path, tmp_path: Path, monkeypatch):
    assert is_clean(tmp_path, session=Session()) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert is_clean(project, session=Session()) is None


def test_no_program_of_the_repository_is_run(project: Path):
    hook = project / "hook"
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    git(project, "config", "core.fsmonitor", str(hook))
    assert is_clean(project, session=Session()) is False
    assert not (project / "ran").exists()
    assert not (project.parent / "ran").exists()
