"""Commits on a branch that nobody has checked out."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.git import Branch
from flaskgen.effects.system.session import Session
from flaskgen.errors import CannotWrite

FILE = PurePosixPath("run.sh")


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "repository" / "web"
    directory.mkdir(parents=True)
    (directory / "run.sh").write_text("#!/bin/sh\n")
    (directory / "run.sh").chmod(0o755)
    (directory / "link").symlink_to("run.sh")
    git(directory.parent, "init", "-q", "-b", "main")
    git(directory.parent, "config", "user.name", "Ada")
    git(directory.parent, "config", "user.email", "ada@example.com")
    git(directory.parent, "add", "--all")
    git(directory.parent, "commit", "-qm", "Start")
    return directory


def test_commits_follow_each_other_and_keep_modes(project: Path):
    branch = Branch(project, "next", Session())
    assert branch.files == {FILE: "100755"}
    branch.commit({FILE: b"one\n"}, "One\n\nWhy.\n")
    short = branch.commit({PurePosixPath("more/new.txt"): b"two\n"}, "Two")
    assert git(project, "log", "--format=%s", "main..next").splitlines() == ["Two", "One"]
    assert git(project, "rev-parse", "--short", "next") == short
    assert git(project, "ls-tree", "next", "run.sh").startswith("100755 blob")
    assert git(project, "show", "next:web/run.sh") == "one"
    assert git(project, "show", "next:web/more/new.txt") == "two"
    assert (project / "run.sh").read_text() == "#!/bin/sh\n"
    assert git(project, "status", "--porcelain") == ""


def test_hooks_are_not_run(project: Path, tmp_path: Path):
    hook = project.parent / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    Branch(project, "next", Session()).commit({FILE: b"one\n"}, "One")
    assert not (tmp_path / "ran").exists()


def test_a_branch_that_is_checked_out_moves_with_its_files(project: Path):
    git(project, "switch", "-qc", "next")
    Branch(project, "next", Session()).commit({FILE: b"one\n"}, "One")
    assert (project / "run.sh").read_text() == "one\n"
    assert git(project, "status", "--porcelain") == ""


def test_a_name_for_commits_is_needed(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    git(project, "config", "--unset", "user.name")
    git(project, "config", "--unset", "user.email")
    git(project, "config", "user.useConfigOnly", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CannotWrite, match="Git has no name and address for commits"):
        Branch(project, "next", Session())
