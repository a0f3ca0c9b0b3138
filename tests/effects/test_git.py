from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.git import check_git, commit_project, git_is_wanted
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.effects.transaction.log import LOG, Log
from flaskgen.errors import CommandFailed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / ".flaskgen").mkdir(parents=True)
    (folder / "app.py").write_text("app = 1\n")
    (folder / ".env").write_text("SECRET_KEY=x\n")
    (folder / ".gitignore").write_text(".env\n")
    Log(folder / LOG, "new shop", creates=True).save()
    (folder / ".flaskgen" / "lock").write_text("")
    (folder / ".flaskgen" / "project.toml").write_text("")
    return folder


@pytest.fixture
def identity(home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")


def files(project: Path) -> list[PurePosixPath]:
    """Return the files that flaskgen would commit: all but secrets and what is of the run."""
    paths = (path for path in project.rglob("*") if path.is_file())
    below = (PurePosixPath(path.relative_to(project).as_posix()) for path in paths)
    own = ("transaction", "lock", ".env", ".git")
    return [path for path in below if not any(part in own for part in path.parts)]


def git(project: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", project, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.usefixtures("home")
def test_who_commits_may_be_said_by_the_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
    commit_project(project, files(project), message="Start shop", session=Session(Reporter()))
    assert git(project, "log", "--format=%an <%ae>, %cn <%ce>") == ", ".join(["Ada <ada@example.org>"] * 2)


@pytest.mark.usefixtures("identity")
def test_one_commit_holds_all_but_what_is_ignored_and_what_is_of_the_run(project: Path) -> None:
    reporter = Reporter()
    commit_project(project, files(project), message="Start", session=Session(reporter))
    assert git(project, "log", "--format=%s|%an|%ae") == "Start|Ada|ada@example.org"
    assert git(project, "ls-files").split() == [".flaskgen/project.toml", ".gitignore", "app.py"]
    assert git(project, "branch", "--show-current") == "main"
    assert reporter.warnings == []


def test_without_an_identity_the_files_are_staged_and_a_warning_says_why(project: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    reporter = Reporter()
    commit_project(project, files(project), message="Start", session=Session(reporter))
    assert git(project, "diff", "--cached", "--name-only").split() == [
        ".flaskgen/project.toml",
        ".gitignore",
        "app.py",
    ]
    assert len(reporter.warnings) == 1
    assert "git config --global user.name" in reporter.warnings[0]


@pytest.mark.usefixtures("identity")
def test_files_that_were_there_before_are_not_committed(project: Path) -> None:
    ours = files(project)
    (project / "diary.txt").write_text("mine")
    (project / ".gitignore").write_text("*.py\n.env\n")
    commit_project(project, ours, message="Start", session=Session())
    assert git(project, "ls-files").split() == [".flaskgen/project.toml", ".gitignore", "app.py"]
    assert git(project, "status", "--short", "--", "diary.txt") == "?? diary.txt"


@pytest.mark.usefixtures("identity")
def test_hooks_templates_signing_and_aliases_of_the_user_do_not_take_part(project: Path, home: Path) -> None:
    hooks, template = home / "hooks", home / "template"
    hooks.mkdir()
    template.mkdir()
    for hook in ("pre-commit", "post-commit", "commit-msg"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {home}/ran\nexit 1\n")
        (hooks / hook).chmod(0o755)
    (template / "planted").write_text("")
    with (home / ".gitconfig").open("a") as config:
        config.write(f"[core]\n\thooksPath = {hooks}\n[init]\n\ttemplateDir = {template}\n")
        config.write(
            f"[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = /nowhere\n[alias]\n\tadd = !touch {home}/ran\n"
        )
    commit_project(project, files(project), message="Start", session=Session())
    assert git(project, "log", "--format=%s") == "Start"
    assert not (home / "ran").exists()
    assert not (project / ".git" / "planted").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"core.excludesFile": "ignored"},
        {"core.attributesFile": "attributes"},
        {"core.autocrlf": "true", "core.safecrlf": "true"},
        {"core.autocrlf": "input", "core.safecrlf": "true"},
        {"core.fsmonitor": "true"},
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("identity")
def test_every_file_is_committed_as_it_is_whatever_the_user_has_set(
    project: Path, home: Path, settings: dict[str, str]
) -> None:
    (home / "ignored").write_text("*.txt\nwindows\n")
    (home / "attributes").write_text("*.txt text eol=crlf\n*.txt filter=lfs\nwindows text\n")
    (project / "requirements.txt").write_bytes(b"flask\n")
    (project / "windows").write_bytes(b"a\r\nb\n")
    for name, value in settings.items():
        setting = str(home / value) if "File" in name else value
        subprocess.run(["git", "config", "--global", name, setting], check=True)
    reporter = Reporter()
    commit_project(project, files(project), message="Start", session=Session(reporter))
    assert reporter.warnings == []
    for name in ("requirements.txt", "windows"):
        shown = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=project, capture_output=True, check=True)
        assert shown.stdout == (project / name).read_bytes()


@pytest.mark.parametrize(("configured", "branch"), [(None, "main"), ("trunk", "trunk")])
@pytest.mark.usefixtures("identity")
def test_the_first_branch_is_the_users_default(project: Path, configured: str | None, branch: str) -> None:
    if configured:
        subprocess.run(["git", "config", "--global", "init.defaultBranch", configured], check=True)
    commit_project(project, files(project), message="Start", session=Session())
    assert git(project, "branch", "--show-current").strip() == branch


@pytest.mark.usefixtures("identity")
def test_variables_that_point_git_elsewhere_do_not_count(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    commit_project(project, files(project), message="Start", session=Session())
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name)
    assert git(project, "log", "--format=%s") == "Start"
    assert not (tmp_path / "elsewhere").exists()


def test_git_is_wanted_outside_a_repository_only(tmp_path: Path) -> None:
    assert git_is_wanted(tmp_path / "shop")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert not git_is_wanted(tmp_path / "repository")
    assert not git_is_wanted(tmp_path / "repository" / "deep" / "shop")
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text("gitdir: elsewhere\n")
    assert not git_is_wanted(tmp_path / "worktree" / "shop")


def test_git_is_not_wanted_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not git_is_wanted(tmp_path / "shop")
    with pytest.raises(CommandFailed, match="git is not installed"):
        check_git()


def failing(
    tmp_path: Path, verb: str, said: str, monkeypatch: pytest.MonkeyPatch, *, then: str = "exit 128"
) -> None:
    """Put a git before the real one whose ``verb`` fails and says something."""
    real = shutil.which("git")
    (tmp_path / "git").write_text(
        f'#!/bin/sh\ncase " $* " in *" {verb} "*) echo "{said}" >&2; {then};; esac\nexec {real} "$@"\n'
    )
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


@pytest.mark.parametrize("verb", ["init", "add", "commit"])
def test_what_git_lacks_is_told_in_one_line(
    verb: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "error: unable to write file x\nfatal: cannot write: No space left on device"
    failing(tmp_path, verb, said, monkeypatch)
    with pytest.raises(CommandFailed) as raised:
        commit_project(project, files(project), message="Start", session=Session())
    assert raised.value.message == f"`git {verb}` failed: cannot write: No space left on device"
    assert "--no-git" in str(raised.value.hint)


@pytest.mark.parametrize("verb", ["init", "add", "commit"])
def test_a_git_that_was_killed_is_told_with_the_signal(
    verb: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(tmp_path, verb, "", monkeypatch, then="kill -9 $$")
    with pytest.raises(CommandFailed) as raised:
        commit_project(project, files(project), message="Start", session=Session())
    assert raised.value.message == f"`git {verb}` was killed by SIGKILL"
    assert "memory" in str(raised.value.hint)


def test_a_commit_that_the_users_settings_prevent_is_a_warning(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(tmp_path, "commit", "fatal: could not read template", monkeypatch)
    reporter = Reporter()
    commit_project(project, files(project), message="Start", session=Session(reporter))
    assert reporter.warnings == ["git staged the files but could not commit them: could not read template"]
