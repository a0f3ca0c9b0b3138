"""A real project: made with its environment and tests, changed, and changed back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.e2e.installed import call, installed_in, made, pins, without_pip

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_project_is_made_and_passes_its_tests_grows_and_shrinks(
    flaskgen: Run, home: Path, tmp_path: Path
) -> None:
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    project = tmp_path / "shop"
    told = made(flaskgen("new", "shop", "--with", "wtf", "--git", "--test", "--json"))
    assert told["verified"]["status"] == 200
    assert told["verified"]["tests"].split()[1] == "passed"
    installed = installed_in(project)
    assert without_pip(installed) == pins(project, "requirements.txt", "requirements-dev.txt")
    assert ".flaskgen/project.toml" in call("git", "ls-files", cwd=project).split()

    told = made(flaskgen("add", "mail", "--json", cwd=project))
    assert told["verified"] == {"works": True, "status": 200, "tests": None, "problem": None}
    assert installed_in(project).keys() - installed.keys() == {"flask-mail"}
    assert flaskgen("freeze", "--check", cwd=project).returncode == 0

    made(flaskgen("undo", "--json", cwd=project))
    assert installed_in(project) == installed
    assert call("git", "status", "--porcelain", cwd=project) == ""
