"""Faults that a program repairs without a person: it runs the `fix` of the error, whatever that is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]
PROJECT = "sqlalchemy,migrate,login"
RECORD = ".flaskgen/project.toml"
BASE = ".flaskgen/base.zip"


class Fault(NamedTuple):
    """A command that fails, and what was done to the project before."""

    command: str
    before: Callable[[Path], object] | None = None
    outside: bool = False
    """Whether it runs beside the project."""
    environment: bool = False
    """Whether the project has one."""


def outside(command: str) -> Fault:
    return Fault(command, outside=True)


def writes(path: str, text: str) -> Callable[[Path], object]:
    def write(project: Path) -> None:
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)

    return write


def removes(path: str) -> Callable[[Path], object]:
    return lambda project: (project / path).unlink()


def replaces(path: str, old: str, new: str) -> Callable[[Path], object]:
    def replace(project: Path) -> None:
        text = (project / path).read_text()
        assert old in text
        (project / path).write_text(text.replace(old, new))

    return replace


FAULTS = [
    # What was misspelled.
    Fault("ad moment"),
    Fault("add momnet"),
    Fault("add flask-moment"),
    Fault("add moment,mial"),
    Fault("add moment --confilct ours"),
    Fault("add moment --conflict our"),
    Fault("remove migrat"),
    Fault("option sqlalchemy.databse=mysql"),
    Fault("option sqlalchemy.database=mysq"),
    Fault("option sqlalchmy.database=mysql"),
    Fault("generate resorce Note2 title:str"),
    Fault("generate resource Book title:srt"),
    Fault("generate field Pots rating:int"),
    Fault("generate field Post -- -titel"),
    outside("new crm --preset wbe"),
    outside("new crm --presett web"),
    outside("new crm --with sqlalchmy,login"),
    outside("new crm --with=logn"),
    outside("extensions logni"),
    outside("new crm --with sqlalchemy -o sqlalchemy.database=postgres"),
    # Names that cannot be one.
    outside("new flask"),
    outside("new my..app"),
    outside("new 'my app'"),
    outside("new json"),
    Fault("generate resource book title:str"),
    Fault("generate resource blog-post title:str"),
    Fault("generate resource Form title:str"),
    Fault("generate resource Book order:int title:str"),
    Fault("generate resource Book Title:str"),
    Fault("generate resource Book pageCount:int"),
    Fault("generate page About"),
    Fault("generate command class"),
    Fault("generate blueprint my_blog!"),
    outside("extension new Greeting"),
    outside("extension new login"),
    # Releases and Pythons.
    outside("new crm --flask 3.1.99"),
    outside("new crm --flask 0.9"),
    outside("new crm --flask 0.10 --python 3.13"),
    outside("new crm --flask 1.1 --with smorest"),
    outside("versions 3.9"),
    outside("constraints 2.2.99"),
    # Options that do not go together, and those that are missing.
    outside("new"),
    outside("new crm --quiet --verbose"),
    Fault("add moment --quiet --verbose"),
    outside("new crm --newest"),
    outside("new crm --with login,none"),
    outside("new crm --preset web --with none"),
    outside("new crm --with login -o docker.dev=yes"),
    # What the project needs first, or as well.
    Fault("remove sqlalchemy,login"),
    Fault("remove sqlalchemy"),
    Fault("remove author"),
    Fault("add moment -o sqlalchemy.database=mysql", environment=True),
    Fault("generate resource Comment text:str post:Article"),
    Fault("generate resource Comment parent:Comment text:str"),
    Fault("generate page archive --blueprint blog"),
    Fault("generate resource Post rating:int"),
    # What became of the files.
    Fault("add moment", removes(RECORD)),
    Fault("add moment", writes(RECORD, "generator =\n")),
    Fault("add moment", writes(BASE, "no zip file")),
    Fault("add moment", replaces(RECORD, '"login"', '"logn"')),
    Fault("freeze", lambda project: shutil.rmtree(project / ".venv"), environment=True),
    pytest.param(
        Fault("freeze", lambda project: (project / ".venv" / "pyvenv.cfg").unlink(), environment=True),
        marks=pytest.mark.slow,  # it has the fix of the one above
    ),
]


def git(project: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


def make_project(run: Run, folder: Path, *, install: bool) -> Path:
    python = f"3.{sys.version_info.minor}"
    for command, there in (
        (f"new shop --with {PROJECT} --python {python} --no-dev --no-git --yes", folder),
        ("generate resource Author name:str", folder / "shop"),
        ("generate resource Post title:str author:Author", folder / "shop"),
    ):
        done = run(*command.split(), *([] if install else ["--no-install"]), cwd=there, timeout=600)
        assert done.returncode == 0, done.stderr
    git(folder / "shop", "init", "-q")
    git(folder / "shop", "add", "-A")
    git(folder / "shop", "commit", "-qm", "Begin")
    return folder / "shop"


@pytest.fixture(scope="module")
def run_in(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run flaskgen with a home of its own."""
    home = tmp_path_factory.mktemp("home-of-fixes")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(*command: str, cwd: Path, timeout: int = 300) -> subprocess.CompletedProcess[str]:
        line = ["flaskgen", *command] if command[0] != "sh" else list(command)
        # pip compiles all that it installs, which takes longer than what is run of it; 0 is yes.
        environment = os.environ | {"HOME": str(home), "PATH": path, "PIP_NO_COMPILE": "0"}
        return subprocess.run(
            line,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run


@pytest.fixture(scope="module")
def bare(run_in: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project without an environment."""
    return make_project(run_in, tmp_path_factory.mktemp("bare"), install=False)


@pytest.fixture(scope="module")
def installed(run_in: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an environment."""
    return make_project(run_in, tmp_path_factory.mktemp("installed"), install=True)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.command)
def test_the_fix_of_an_error_repairs_it(
    fault: Fault, request: pytest.FixtureRequest, run_in: Run, tmp_path: Path
) -> None:
    project = tmp_path / "shop"
    shutil.copytree(
        request.getfixturevalue("installed" if fault.environment else "bare"), project, symlinks=True
    )
    if fault.before:
        fault.before(project)
    writing = fault.command.partition(" ")[0] in ("new", "ad", "add", "remove", "option", "generate")
    bounds = ["--no-install"] if writing and not fault.environment else []
    there = tmp_path if fault.outside else project
    command, dashes, gone = fault.command.partition(" -- ")
    failed = run_in("sh", "-c", f"flaskgen {command} {' '.join(bounds)} --json{dashes}{gone}", cwd=there)
    assert failed.returncode != 0, failed.stdout
    error = json.loads(failed.stdout)["error"]
    assert error["fix"], error
    repaired = run_in("sh", "-c", error["fix"], cwd=there)
    assert repaired.returncode == 0, (error, repaired.stdout, repaired.stderr)
