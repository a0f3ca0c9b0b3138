"""What is interrupted: each command with the directory it starts from, and what must hold afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flaskgen.planning.project.names import BASE_PATH
from flaskgen.planning.project.record import pack_base, unpack_base
from flaskgen.planning.templates.tree import encode

FLASKGEN = [sys.executable, "-m", "flaskgen"]
CANARY, PROJECT = "canary", "shop"
OTHERS = ("click==8.1.8", "iniconfig==2.0.0")
"""Packages in other versions than those that are frozen: one of the application, one of its test tools."""


@dataclass(frozen=True)
class World:
    """A home, a package cache and a temporary directory of their own, in which every run takes place."""

    root: Path

    @property
    def environment(self) -> Mapping[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "LANG", "PYENV_ROOT")
            or name.startswith(("PIP_INDEX", "PIP_EXTRA", "PIP_FIND", "PIP_CERT", "SSL_"))
        }
        return kept | {
            "HOME": str(self.root / "home"),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "TMPDIR": str(self.root / "tmp"),
        }

    def make(self) -> World:
        for name in ("home", "cache", "tmp"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "home" / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
        return self

    def clear_temporary(self) -> None:
        for left in (self.root / "tmp").iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run flaskgen undisturbed."""
        return self.call(*FLASKGEN, *arguments, cwd=cwd)

    def call(self, *command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command without a terminal, and return what it says."""
        return subprocess.run(
            command,
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def start(self, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
        """Start flaskgen in a process group of its own."""
        return subprocess.Popen(
            [*FLASKGEN, *arguments],
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@dataclass(frozen=True)
class Scenario:
    """A command that is interrupted."""

    name: str
    arguments: tuple[str, ...]
    start_from: tuple[tuple[str, ...], ...] = ()
    """The commands that make the project first; none where the command makes it."""
    prepared: Callable[[World, Path], None] | None = None
    """What is done to the project then, so that the command has something to do."""

    @property
    def makes_project(self) -> bool:
        return not self.start_from

    def prepare(self, world: World, folder: Path) -> None:
        """Make ``directory/here``, in which the command is run, and keep a copy to start each run from.

        An environment works at the path alone where it was made, so every run takes place there.
        """
        here = folder / "here"
        (here / CANARY / ".venv").mkdir(parents=True)
        (here / CANARY / ".venv" / "file").write_text("mine\n")
        for command in self.start_from:
            done = world.run(*command, cwd=here if command[0] == "new" else here / PROJECT)
            assert done.returncode == 0, done.stderr
        if self.prepared:
            self.prepared(world, here / PROJECT)
        here.rename(folder / "kept")

    def fresh(self, folder: Path) -> Path:
        """Return ``directory/here`` as it was prepared."""
        shutil.rmtree(folder / "here", ignore_errors=True)
        shutil.copytree(folder / "kept", folder / "here", symlinks=True, copy_function=_link_or_copy)
        return folder / "here"

    def cwd(self, here: Path) -> Path:
        return here if self.makes_project else here / PROJECT


def _link_or_copy(source: str, target: str) -> None:
    """Link what is installed: uv has linked it as well, and nobody writes into it. Copy anything else."""
    if "site-packages" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def install_others(world: World, project: Path) -> None:
    """Install packages in other versions than those that are frozen."""
    pip = [str(project / ".venv/bin/python"), "-I", "-m", "pip", "install", "-q", *OTHERS]
    subprocess.run(pip, env=world.environment, check=True, capture_output=True)


def make_older(_world: World, project: Path) -> None:
    """Let a project be of templates that had one line more in some modules."""
    base = project / BASE_PATH
    older = {path: encode(content) for path, content in unpack_base(base.read_bytes()).items()}
    for path in sorted(path for path in older if path.suffix == ".py")[::2]:
        older[path] += b"# a line of older templates\n"
        (project / path).write_bytes(older[path])
    base.write_bytes(pack_base(older))


NEW = ("new", PROJECT, "--preset", "web", "--git", "--yes")
QUICK = ("--no-dev", "--yes")
"""Without test tools, whose hundred megabytes would be copied for every kill, where no command uses them."""
WITH_LOGIN = ("new", PROJECT, "--with", "login", *QUICK)
WITH_MAIL = ("new", PROJECT, "--with", "mail", *QUICK)
WITH_SQLALCHEMY = ("new", PROJECT, "--with", "sqlalchemy", *QUICK)
OF_EARLIER_FLASK = ("new", PROJECT, "--flask", "3.0", "--with", "none", "--yes")
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("new", NEW),
        Scenario("add", ("add", "mail"), (WITH_LOGIN,)),
        Scenario("remove", ("remove", "mail"), (WITH_MAIL,)),
        Scenario("option", ("option", "sqlalchemy.database=postgresql"), (WITH_SQLALCHEMY,)),
        Scenario("update", ("update",), (WITH_LOGIN,), make_older),
        Scenario("upgrade", ("upgrade", "--flask", "3.1"), (OF_EARLIER_FLASK,)),
        Scenario("undo", ("undo",), (WITH_LOGIN, ("add", "mail"))),
        Scenario("freeze", ("freeze",), (("new", PROJECT, "--yes"),), install_others),
    )
}
