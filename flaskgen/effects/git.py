"""Git: put a new project under it, ask it about a project, commit to a branch, and let it merge files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Completed, Session
from flaskgen.effects.transaction.log import LOCK
from flaskgen.errors import DISK_FAULTS, CannotWrite, CommandFailed, Fix
from flaskgen.planning.merging.plan import Merge, Merged
from flaskgen.reporting import advice_after, first_of, how_it_ended

# A repository's own configuration may name programs to run: hooks, and one to watch its files with.
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
# The user's templates and signing are for the user's commits; here they could only ask or fail. What the
# user ignores elsewhere or converts is part of this project all the same: its own .gitignore says what is
# not, and its files are committed as they are.
_OWN = (
    *("-c", "init.templateDir=", "-c", "commit.gpgSign=false", "-c", f"core.excludesFile={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}", "-c", "core.autocrlf=false", "-c", "core.safecrlf=false"),
)
_BRANCH = "main"
_EXECUTABLE, _FILE = "100755", "100644"


def run_git(
    directory: Path, *arguments: str | Path, session: Session, environment: Mapping[str, str] = {}
) -> Completed:
    """Run git in a directory, with nothing that its repository names. Raises CommandFailed without git."""
    command: list[str | Path] = ["git", *_HARMLESS, "-C", directory, *arguments]
    return session.run(command, environment=child_environment(environment), check=False)


def ask_git(directory: Path, *arguments: str, session: Session) -> str | None:
    """Return what git prints about a directory; None if it fails, or is not there."""
    try:
        done = run_git(directory, *arguments, session=session, environment={"GIT_OPTIONAL_LOCKS": "0"})
    except CommandFailed:
        return None
    return done.stdout.strip("\n") if done.returncode == 0 else None


def git_is_wanted(project: Path) -> bool:
    """Return whether git is there and the project would not be inside a repository."""
    inside = any((folder / ".git").exists() for folder in (project, *project.parents))
    return shutil.which("git") is not None and not inside


def check_git() -> None:
    """Raise CommandFailed if the user asks for a repository and git is missing."""
    if shutil.which("git") is None:
        raise CommandFailed("git is not installed", hint="install it, or omit --git", fix=Fix("--git"))


def commit_project(project: Path, paths: Iterable[PurePosixPath], *, message: str, session: Session) -> None:
    """Make a repository with one commit of the files at ``paths``: what else is there is the user's.

    Where git's configuration keeps it from committing, because it has no name and address for example, the
    files are staged only, with a warning. Raises CommandFailed.
    """
    # Its messages are read, so they are to be in English.
    git = partial(run_git, project, *_OWN, session=session, environment={"LC_ALL": "C"})
    branch = git("config", "init.defaultBranch").stdout.strip() or _BRANCH
    for arguments in (
        ("init", "--quiet", f"--initial-branch={branch}"),
        ("add", "--force", "--", *map(str, sorted(paths))),
    ):
        done = git(*arguments)
        if done.returncode != 0:
            raise _failure(arguments[0], done)
    committed = git("commit", "--quiet", "--message", message)
    if committed.returncode != 0:
        at_fault = any(os.strerror(number) in committed.stderr for number in DISK_FAULTS)
        if committed.returncode < 0 or at_fault:  # and not something that the user has set
            raise _failure("commit", committed)
        session.reporter.warn(
            f"git staged the files but could not commit them: {reason_of(committed.stderr)}"
        )


def is_clean(project: Path, *, session: Session) -> bool | None:
    """Return whether everything below the project is committed; None if git does not keep it."""
    status = ask_git(project, "status", "--porcelain", "--", ".", session=session)
    # The lock is there while it is asked; what else is in .flaskgen beside the record ignores itself.
    return None if status is None else all(line.endswith(LOCK.as_posix()) for line in status.splitlines())


def last_change(project: Path, paths: Iterable[str], *, session: Session) -> str | None:
    """Return the day of the last commit that changed these paths; None if git does not keep them."""
    day = ask_git(project, "log", "-1", "--format=%cs", "--", *paths, session=session)
    return day or None


class Branch:
    """A branch that begins at the commit that is checked out, or is that which is checked out.

    Of one that is not checked out, working tree and index stay as they are.
    """

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
                f"the branch `{name}` already exists",
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


def file_merge(session: Session) -> Merge:
    """Return what merges files in a run."""

    def merge(path: PurePosixPath, **versions: Any) -> Merged:
        from flaskgen.planning.merging.file_merge import merge_file  # late: in a new project, nothing is

        return merge_file(path, by_git=partial(git_merge, session), **versions)

    return merge


def git_merge(
    session: Session, base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> list[str] | None:
    """Return the lines that ``git merge-file`` makes, or None for a conflict or without git."""
    if shutil.which("git") is None:
        return None
    with scratch_folder() as directory:
        files = [directory / name for name in ("ours", "base", "theirs")]
        for file, lines in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
        own = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        completed = run_git(directory, "merge-file", "--quiet", *files, session=session, environment=own)
        if completed.returncode:
            return None
        text = files[0].read_bytes().decode("utf-8", "surrogateescape")
    return text.split("\n")[:-1]


def _failure(verb: str, done: Completed) -> CommandFailed:
    if done.returncode < 0:
        return CommandFailed(
            f"`git {verb}` {how_it_ended(done.returncode)}", hint=advice_after(done.returncode)
        )
    return CommandFailed(
        f"`git {verb}` failed: {reason_of(done.stderr)}",
        hint="fix that, or skip git with --no-git; -v shows git's output",
        fix=Fix("--git", more="--no-git"),
    )


def reason_of(stderr: str) -> str:
    """Return why git failed, of what it says."""
    if "user.email" in stderr or "user.name" in stderr or "empty ident" in stderr:
        return "it does not know who you are (set `git config --global user.name NAME`, and user.email)"
    lines = stderr.strip().splitlines()
    return lines[-1].removeprefix("fatal: ").removeprefix("error: ") if lines else "no reason was given"
