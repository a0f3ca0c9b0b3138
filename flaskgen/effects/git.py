"""Put a new project under git."""

from __future__ import annotations

import shutil
from pathlib import Path

from flaskgen.effects.journal import read_journal
from flaskgen.effects.processes import run
from flaskgen.errors import CommandFailed, ProjectExists
from flaskgen.reporting import Reporter

# The user's hooks, templates and signing are for the user's commits; here they could only ask or fail.
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "init.templateDir=", "-c", "commit.gpgSign=false")


def git_is_wanted(project: Path) -> bool:
    """Tell whether git is there and the project would not be inside a repository."""
    inside = _is_repository(project) or any((folder / ".git").exists() for folder in project.parents)
    return shutil.which("git") is not None and not inside


def check_git(project: Path) -> None:
    """Raise, where the user asks for a repository in ``project``, the reason why none can be made.

    CommandFailed without git, ProjectExists where the directory is a repository already: its commits are
    the user's. A repository inside another one is what who asks for it gets.
    """
    if shutil.which("git") is None:
        raise CommandFailed("git is not installed", hint="install it, or leave --git out")
    if _is_repository(project):
        raise ProjectExists(
            f"`{project.name}` is a git repository already",
            hint="leave --git out, and commit the project yourself",
        )


def _is_repository(project: Path) -> bool:
    """Tell whether there is a repository that is not one a killed run left."""
    if not (project / ".git").exists():
        return False
    leftover = read_journal(project)
    return leftover is None or not leftover.accounts_for(".git")


def commit_project(project: Path, *, message: str, reporter: Reporter) -> None:
    """Make a repository with one commit of everything that is not ignored.

    Without a name and an address in git's configuration the files are staged only, with a warning.
    """
    git = ("git", "-C", project, *_QUIET)
    run([*git, "init", "--quiet", "--initial-branch=main"], reporter=reporter)
    run([*git, "add", "--all", "--", ".", ":!.flaskgen/incomplete", ":!.flaskgen/lock"], reporter=reporter)
    committed = run([*git, "commit", "--quiet", "--message", message], reporter=reporter, check=False)
    if committed.returncode != 0:
        reporter.warn(f"git made no commit, the files are staged: {_reason(committed.stderr)}")


def _reason(stderr: str) -> str:
    if "user.email" in stderr or "user.name" in stderr or "empty ident" in stderr:
        return "it does not know who you are (`git config --global user.name NAME`, and user.email)"
    lines = stderr.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
