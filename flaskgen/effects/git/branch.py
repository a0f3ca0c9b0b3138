"""Commits on a branch that is not checked out: working tree and index stay as they are."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from flaskgen.effects.git.repository import ask_git, reason_of, run_git
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.errors import CannotWrite, CommandFailed
from flaskgen.reporting import first_of

_EXECUTABLE, _FILE = "100755", "100644"


class Branch:
    """A branch that begins at the commit that is checked out, or is that which is checked out."""

    def __init__(self, project: Path, name: str, session: Session) -> None:
        """Raise CannotWrite if commits cannot be made there, or would leave something out."""
        self.name = name
        self._project, self._session = project, session
        if shutil.which("git") is None:
            raise CannotWrite("git is not installed", hint="install it: each step becomes a commit")
        prefix = self._ask("rev-parse", "--show-prefix")
        if prefix is None:
            raise CannotWrite(
                f"`{project}` is not in a Git repository",
                hint="git init && git add --all && git commit -m 'Start'; each step becomes a commit",
            )
        self._prefix = PurePosixPath(prefix)
        head = self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if head is None:
            raise CannotWrite(
                f"the repository of `{project.name}` has no commits",
                hint="git add --all && git commit -m 'Start'",
            )
        self._head = head
        self.files  # noqa: B018 - as they are before the first commit
        if changed := self._ask("status", "--porcelain", "--", "."):
            paths = [line[3:] for line in changed.splitlines()]
            raise CannotWrite(
                f"`{project.name}` has changes that are not committed: {first_of(paths, 1)}",
                hint="commit them, or put them aside with git stash --include-untracked",
            )
        if self._ask("var", "GIT_COMMITTER_IDENT") is None:
            raise CannotWrite(
                "Git has no name and address for commits",
                hint="git config --global user.name NAME, and user.email ADDRESS",
            )
        self._checked_out = self._ask("symbolic-ref", "--quiet", "--short", "HEAD") == name
        if not self._checked_out and self._ask("rev-parse", "--verify", "--quiet", f"refs/heads/{name}"):
            raise CannotWrite(
                f"the branch `{name}` exists already",
                hint=f"git switch {name} to go on from there, or git branch -D {name} to begin again",
            )

    @cached_property
    def files(self) -> Mapping[PurePosixPath, str]:
        """The files of the first commit, below the project, with their modes. Links are none."""
        entries = self._run("ls-tree", "-r", "-z", self._head).split("\0")
        found = (entry.partition("\t") for entry in entries if entry)
        return {
            PurePosixPath(path): what[:6] for what, _, path in found if what.startswith((_EXECUTABLE, _FILE))
        }

    def commit(self, contents: Mapping[PurePosixPath, bytes | None], message: str) -> str:
        """Add a commit with these files to the branch, and return its short name. None is removed."""
        with scratch_folder() as directory:
            index = {"GIT_INDEX_FILE": str(directory / "index")}
            self._run("read-tree", self._head, environment=index)
            for path, content in contents.items():
                whole = str(self._prefix / path)
                if content is None:
                    self._run("update-index", "--force-remove", whole, environment=index)
                    continue
                (directory / "file").write_bytes(content)
                blob = self._run("hash-object", "-w", f"--path={whole}", str(directory / "file"))
                entry = f"{self.files.get(path, _FILE)},{blob},{whole}"
                self._run("update-index", "--add", "--cacheinfo", entry, environment=index)
            tree = self._run("write-tree", environment=index)
            (directory / "message").write_text(message, encoding="utf-8")
            parent = ("-p", self._head)
            head = self._run("commit-tree", tree, *parent, "-F", str(directory / "message"))
        if self._checked_out:
            self._run("merge", "--quiet", "--ff-only", head)
        else:
            self._run("update-ref", f"refs/heads/{self.name}", head)
        self._head = head
        return self._run("rev-parse", "--short", head)

    def _ask(self, *arguments: str) -> str | None:
        return ask_git(self._project, *arguments, session=self._session)

    def _run(self, *arguments: str, environment: Mapping[str, str] = {}) -> str:
        done = run_git(self._project, *arguments, session=self._session, environment=environment)
        if done.returncode != 0:
            why = reason_of(done.stderr)
            raise CommandFailed(f"`git {arguments[0]}` failed: {why}", hint="-v shows git's output")
        return done.stdout.strip()
