"""What generates a resource: flaskgen, and what Django and Rails have for it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from peers import peer_environment
from sandbox import PROJECT, Sandbox

_FIELDS = ("title:str:200", "body:text")
# What Debian's packages of Rails cannot make without others, and what does not concern a resource.
_RAILS_SKIPS = (
    *("bundle", "javascript", "webpack-install", "git", "spring", "listen", "bootsnap", "turbolinks"),
    *("sprockets", "action-mailer", "action-mailbox", "action-text", "active-job", "active-storage"),
    *("action-cable", "system-test"),
)
_GEMS = ("railties", "activerecord", "actionview", "sqlite3")


@dataclass(frozen=True)
class Scaffold:
    """A command that adds a resource to a new project."""

    label: str
    make: Callable[[Sandbox, Path], Path]
    """Make the project below a directory, and return its own."""
    command: tuple[str | Path, ...]

    def seconds(self, sandbox: Sandbox, directory: Path) -> float:
        project = self.make(sandbox, directory)
        return sandbox.seconds(self.command, cwd=project)

    def written(self, sandbox: Sandbox, directory: Path) -> tuple[int, int, int]:
        """Return how many files are new, how many lines more there are, and how many of these in tests."""
        project = self.make(sandbox, directory)
        before = _lines(project)
        sandbox.run(*self.command, cwd=project)
        after = _lines(project)
        more = {path: count - before.get(path, 0) for path, count in after.items()}
        tests = sum(count for path, count in more.items() if "test" in path)
        return len(after.keys() - before.keys()), sum(more.values()), tests


def flaskgen_scaffold(sandbox: Sandbox, *, install: bool) -> Scaffold:
    """Return flaskgen's: with a revision and verification, or files alone."""
    options = ("--with", "migrate") if install else ("--no-install",)

    def make(sandbox: Sandbox, directory: Path) -> Path:
        new = (sandbox.flaskgen, "new", PROJECT, "--preset", "web", "--no-git", "--yes")
        sandbox.run(*new, *options, cwd=directory)
        return directory / PROJECT

    command = (sandbox.flaskgen, "generate", "resource", "Post", *_FIELDS)
    return Scaffold("flaskgen generate resource" + ("" if install else ", files alone"), make, command)


def django_scaffold(sandbox: Sandbox) -> Scaffold:
    program = peer_environment(sandbox) / "django-admin"

    def make(sandbox: Sandbox, directory: Path) -> Path:
        sandbox.run(program, "startproject", PROJECT, cwd=directory)
        return directory / PROJECT

    return Scaffold("Django, startapp", make, (program.with_name("python"), "manage.py", "startapp", "posts"))


def rails_scaffold() -> Scaffold:
    def make(sandbox: Sandbox, directory: Path) -> Path:
        rails = shutil.which("rails") or sys.exit("there is no Rails: see CONTRIBUTING.md")
        sandbox.run(rails, "new", PROJECT, *(f"--skip-{part}" for part in _RAILS_SKIPS), cwd=directory)
        gems = "".join(f"gem '{name}'\n" for name in _GEMS)
        (directory / PROJECT / "Gemfile").write_text(f"source 'https://rubygems.org'\n{gems}")
        sandbox.run("bundle", "install", "--local", cwd=directory / PROJECT)
        return directory / PROJECT

    command = ("bin/rails", "generate", "scaffold", "Post", "title:string", "body:text")
    return Scaffold("Rails, generate scaffold", make, command)


def _lines(project: Path) -> dict[str, int]:
    """Count the lines of the files that people read; logs, locks and what is hidden are not among them."""
    counts = {}
    for path in project.rglob("*"):
        name = path.relative_to(project).as_posix()
        if path.is_file() and not name.startswith((".", "log/", "tmp/")) and path.suffix != ".lock":
            counts[name] = path.read_bytes().count(b"\n")
    return counts


class ManyResources:
    """Two projects, with one resource and with fifty, to which a field is added and taken back."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._projects = {number: self._project(number) for number in (1, 50)}

    def _project(self, resources: int) -> Path:
        directory = self._sandbox.root / f"resources-{resources}"
        directory.mkdir()
        flaskgen = self._sandbox.flaskgen
        self._sandbox.run(flaskgen, "new", PROJECT, "--preset", "web", "--no-git", "--yes", cwd=directory)
        for number in range(resources):
            name = f"Post{chr(65 + number // 26)}{chr(97 + number % 26)}"
            command = (flaskgen, "generate", "resource", name, *_FIELDS, "--no-verify")
            self._sandbox.run(*command, cwd=directory / PROJECT)
        return directory / PROJECT

    def add_field(self, resources: int) -> float:
        project, flaskgen = self._projects[resources], self._sandbox.flaskgen
        command = (flaskgen, "generate", "field", "PostAa", "rating:int:optional")
        taken = self._sandbox.seconds(command, cwd=project)
        self._sandbox.run(flaskgen, "undo", cwd=project)
        return taken
