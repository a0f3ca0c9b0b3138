"""What uv and pip do with a project, each in an environment: it is asserted here.

The generated tests run in the environment of uv. That which pip fills from requirements-dev.txt is compared
with it, file by file: the same files give the same outcome, so in some projects only (those of
tests/e2e/test_package_tools.py) the tests run there as well. They run again after an extension was added.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from filecmp import cmp
from pathlib import Path
from typing import NamedTuple

from flaskgen.effects.system.environment import uv_program
from flaskgen.planning.packages.lock import agrees, read_versions
from tests.e2e.installed import installed_in, packages_of, pins, versions_in, without_pip
from tests.surroundings import MEASURED

UV = str(uv_program())
SERVED = """
import os, re, {package}
client = {package}.create_app({{"SECRET_KEY": "x" * 40, "DEBUG": True}}).test_client()
page = client.get("/")
assert page.status_code == 200, page
links = re.findall(rb'(?:href|src)="(/static[^"]*)"', page.data)
assert links and all(client.get(link.decode()).status_code == 200 for link in links)
assert not {package}.__file__.startswith({project!r})
"""
OF_INSTALLERS = ("INSTALLER", "RECORD", "REQUESTED")
"""Files of a package that tell who installed it, and not what it is."""


class Fresh(NamedTuple):
    """An environment without packages, outside the project."""

    python: Path
    pip_install: tuple[str | Path, ...]
    """The command that installs packages in it, without them."""

    @property
    def versions(self) -> dict[str, str]:
        """Those of all packages but pip, which it may have."""
        return {name: version for name, version in versions_in(self.python).items() if name != "pip"}


def call(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a program as in a shell in which no environment is active."""
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environ |= {"UV_PYTHON_DOWNLOADS": "never", "FLASK_DEBUG": "1", **variables}
    done = subprocess.run(
        command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def flaskgen(*arguments: str, cwd: Path) -> str:
    return call(sys.executable, "-m", "flaskgen", *arguments, cwd=cwd, **MEASURED)


def expect(versions: Mapping[str, str], found: Mapping[str, str | None]) -> None:
    """Raise AssertionError with the versions that are other ones, or only on one side."""
    assert found == versions, sorted(set(versions.items()) ^ set(found.items()), key=str)


def make_project(folder: Path, *arguments: str) -> Path:
    """Make a project without a repository below the directory."""
    flaskgen("new", "my-shop", *arguments, "--no-git", "-y", "-q", cwd=folder)
    return folder / "my-shop"


def make_fresh(project: Path, name: str) -> Path:
    """Make an environment beside a project, with its Python, and return its own."""
    environment = project.parent / name
    python = project / ".venv/bin/python"
    call(UV, "venv", "-q", "--python", python, environment, cwd=project.parent)
    return environment / "bin/python"


def sync_and_test(project: Path) -> str:
    """Find that uv has nothing to change in a new project, and run its tests."""
    before, lock = installed_in(project), (project / "uv.lock").read_bytes()
    assert agrees(read_versions(lock), before), before
    call(UV, "sync", "--locked", cwd=project)
    expect(before, installed_in(project))
    said = run_tests(project)
    assert (project / "uv.lock").read_bytes() == lock
    return said


def run_tests(project: Path) -> str:
    said = call(UV, "run", "--locked", "pytest", "-q", cwd=project).splitlines()[-1]
    assert re.match(r"\d+ passed", said), said
    return said


def add_packages(project: Path) -> None:
    """Add a package with uv and an extension with flaskgen: the versions that were there stay."""
    before = installed_in(project)
    call(UV, "add", "-q", "waitress", cwd=project)
    flaskgen("freeze", cwd=project)
    flaskgen("add", "mail", cwd=project)
    direct = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[^\w.-]", requirement)[0] for requirement in direct}
    assert {"waitress", "Flask-Mail"} <= names, names
    after = installed_in(project)
    expect(before, {name: after.get(name) for name in before})
    call(UV, "sync", "--locked", cwd=project)
    expect(after, installed_in(project))
    flaskgen("freeze", "--check", cwd=project)


def install_frozen(project: Path, fresh: Fresh) -> None:
    """Install what requirements-dev.txt says with pip: the versions that flaskgen installed."""
    call(*fresh.pip_install, "-r", "requirements-dev.txt", cwd=project)
    expect(pins(project, "requirements.txt", "requirements-dev.txt"), fresh.versions)
    expect(without_pip(installed_in(project)), fresh.versions)


def serve_installed(project: Path, fresh: Fresh) -> None:
    """Install the project's package with pip, and get its home page and what that links, from elsewhere."""
    call(*fresh.pip_install, ".", cwd=project)
    call(fresh.python, "-c", SERVED.format(package="my_shop", project=str(project)), cwd=project.parent)
    assert not (project / "build").exists()


def differing_files(one: Path, other: Path) -> list[Path]:
    """List the files of packages, all but pip, that are not the same in two environments."""
    folders = [packages_of(python) for python in (one, other)]
    names = set().union(*map(_files_in, folders))
    pairs = {name: [folder / name for folder in folders] for name in sorted(names)}
    return [
        name
        for name, (left, right) in pairs.items()
        if not (left.exists() and right.exists() and cmp(left, right, shallow=False))
    ]


def _files_in(folder: Path) -> set[Path]:
    return {
        name
        for path in folder.rglob("*")
        if path.is_file() and path.name not in OF_INSTALLERS and path.suffix != ".pyc"
        if not re.fullmatch(r"pip(-.+\.dist-info)?", (name := path.relative_to(folder)).parts[0])
    }
