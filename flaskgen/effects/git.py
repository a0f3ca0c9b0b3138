"""Put a new project under git."""

from __future__ import annotations

import shutil
from pathlib import Path

from flaskgen.effects.processes import run
from flaskgen.reporting import Reporter

# The user's hooks, templates and signing are for the user's commits; here they could only ask or fail.
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "init.templateDir=", "-c", "commit.gpgSign=false")


def git_is_wanted(project: Path) -> bool:
    """Tell whether git is there and the project would not be inside a repository."""
    return shutil.which("git") is not None and not any(
        (folder / ".git").exists() for folder in (project, *project.parents)
    )


def commit_project(project: Path, *, message: str, reporter: Reporter) -> None:
    """Make a repository with one commit of everything that is not ignored.

    Without a name and an address in git's configuration the files are staged only, with a warning.
    """
    git = ("git", "-C", project, *_QUIET)
    run([*git, "init", "--quiet", "--initial-branch=main"], reporter=reporter)
    run([*git, "add", "--all", "--", ".", ":!.flaskgen/incomplete", ":!.flaskgen/lock"], reporter=reporter)
    committed = run([*git, "commit", "--quiet", "--message", message], reporter=reporter, check=False)
    if committed.returncode != 0:
        reporter.warn("git made no commit (the files are staged): " + _reason(committed.stderr))


def _reason(stderr: str) -> str:
    if "user.email" in stderr or "user.name" in stderr or "empty ident" in stderr:
        return "tell it who you are with `git config --global user.name` and `user.email`"
    lines = stderr.strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
