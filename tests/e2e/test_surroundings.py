"""Whatever is set or lies around a run: the tree and the installed packages are those of a clean run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.hostile import HOME_FILES, VARIABLES, WORKING_FILES, lay_trap, write

pytestmark = pytest.mark.e2e

# flaskgen itself starts without the variables: those of Python are its interpreter's business, not its own.
CODE = """
import json, os, sys
os.environ.update(json.loads(os.environ.pop("HOSTILE")))
from flaskgen.cli.main import main
main(sys.argv[1:])
"""
Snapshot = Mapping[str, bytes]


def make(here: Path, settings: Mapping[str, str]) -> Snapshot:
    here.mkdir(parents=True, exist_ok=True)
    arguments = ["new", "shop", "--with", "login", "--git", "--json"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", CODE, *arguments],
        cwd=here,
        env=os.environ | {"HOSTILE": json.dumps(dict(settings))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout)
    assert told["verified"]["status"] == 200
    return snapshot(here / "shop")


def snapshot(project: Path) -> Snapshot:
    """Return the project's own files, what is committed, and the packages and settings of the environment."""
    found = {"committed": git(project, "ls-tree", "-r", "--name-only", "HEAD")}
    for parent, folders, names in os.walk(project):
        folders[:] = [name for name in folders if name not in {"__pycache__", ".git", ".venv", "instance"}]
        for name in names:
            path = Path(parent, name)
            found[str(path.relative_to(project))] = b"" if name == ".env" else path.read_bytes()
    environment = project / ".venv"
    [site_packages] = environment.glob("lib/*/site-packages")
    for path in (*site_packages.glob("*.dist-info"), *(environment / "bin").iterdir()):
        found[f"there/{path.name}"] = b""
    settings = (environment / "pyvenv.cfg").read_bytes().splitlines()
    found["pyvenv.cfg"] = b"\n".join(line for line in settings if not line.startswith(b"command = "))
    return found


def git(project: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", project, *arguments], check=True, capture_output=True).stdout


@pytest.fixture(scope="session")
def clean_runs() -> list[Snapshot]:
    return []


@pytest.fixture
def clean(clean_runs: list[Snapshot], home: Path, tmp_path: Path) -> Snapshot:
    """What a run makes with nothing in its way."""
    write(home / ".gitconfig", "[user]\n\tname = Ada\n\temail = a@example.org\n")
    if not clean_runs:
        clean_runs.append(make(tmp_path / "clean", {}))
    return clean_runs[0]


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    return lay_trap(tmp_path / "trap")


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("group", [*VARIABLES, "all"])
def test_variables_change_nothing(group: str, clean: Snapshot, trap: Path, tmp_path: Path) -> None:
    chosen = [VARIABLES[group]] if group != "all" else VARIABLES.values()
    settings = {name: value.format(trap=trap) for some in chosen for name, value in some.items()}
    before = names_in(trap)
    assert make(tmp_path / "here", settings) == clean
    assert names_in(trap) == before


def test_files_in_the_home_and_the_working_directory_change_nothing(
    clean: Snapshot, trap: Path, home: Path, tmp_path: Path
) -> None:
    here = tmp_path / "around" / "here"
    for folder, files in ((home, HOME_FILES), (here, WORKING_FILES)):
        for name, text in files.items():
            write(folder / name, text.replace("{trap}", str(trap)))
    before = names_in(trap)
    assert make(here, {}) == clean
    assert names_in(trap) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for some in VARIABLES.values() for name in some])
def test_each_variable_alone_changes_nothing(name: str, clean: Snapshot, trap: Path, tmp_path: Path) -> None:
    value = next(some[name] for some in VARIABLES.values() if name in some).format(trap=trap)
    assert make(tmp_path / "here", {name: value}) == clean
