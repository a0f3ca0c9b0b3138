"""A project works with the tools that people have: uv, and pip with and without the frozen versions."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.system.environment import uv_program
from flaskgen.planning.packages.lock import agrees, read_versions
from tests.e2e.installed import installed_in, made, pins, versions_in, without_pip

Run = Callable[..., subprocess.CompletedProcess[str]]

KINDS = [
    pytest.param(("--preset", "web"), marks=pytest.mark.e2e, id="web"),
    *(
        pytest.param(("--with", name), marks=pytest.mark.slow, id=name)
        for name in ("sqlalchemy", "migrate", "login", "mail", "wtf", "bootstrap", "moment", "smorest")
    ),
    *(
        pytest.param(("--with", name), marks=pytest.mark.slow, id=name)
        for name in ("restful", "redis", "caching", "docker")
    ),
    *(
        pytest.param(("--flask", line, "--preset", "web"), marks=pytest.mark.slow, id=line)
        for line in ("0.10", "0.11", "0.12", "1.0", "1.1", "2.0", "2.1", "2.2", "2.3", "3.0")
    ),
    pytest.param(("--preset", "full"), marks=pytest.mark.slow, id="full"),
]
SERVED = """
import os, re, {package}
client = {package}.create_app({{"SECRET_KEY": "x" * 40, "DEBUG": True}}).test_client()
page = client.get("/")
assert page.status_code == 200, page
links = re.findall(rb'(?:href|src)="(/static[^"]*)"', page.data)
assert links and all(client.get(link.decode()).status_code == 200 for link in links)
assert not {package}.__file__.startswith({project!r})
"""


def call(*command: str | Path, cwd: Path) -> str:
    """Run a program as in a shell in which no environment is active."""
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environ |= {"UV_PYTHON_DOWNLOADS": "never", "PYTHONDONTWRITEBYTECODE": "1", "FLASK_DEBUG": "1"}
    environ["PIP_NO_COMPILE"] = "1"  # of what pip installs, little is run
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=KINDS)
def project(request: pytest.FixtureRequest, flaskgen: Run, tmp_path: Path) -> Path:
    made(flaskgen("new", "my-shop", *request.param, "--json", "--no-git", "-y"))
    return tmp_path / "my-shop"


@pytest.fixture
def fresh(project: Path) -> Path:
    """Return the Python of an environment without packages, outside the project."""
    environment = project.parent / "fresh"
    python = project / ".venv/bin/python"
    call(uv_program(), "venv", "-q", "--seed", "--python", python, environment, cwd=project.parent)
    return environment / "bin/python"


def test_uv_changes_nothing_and_keeps_what_flaskgen_and_uv_add(project: Path, flaskgen: Run) -> None:
    uv = str(uv_program())
    before, lock = installed_in(project), (project / "uv.lock").read_bytes()
    assert agrees(read_versions(lock), before)
    call(uv, "sync", "--locked", cwd=project)
    assert installed_in(project) == before
    assert "passed" in call(uv, "run", "--locked", "pytest", "-q", cwd=project)
    call(uv, "add", "-q", "waitress", cwd=project)
    flaskgen("freeze", cwd=project)
    flaskgen("add", "mail", cwd=project)
    direct = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {name for name in ("waitress", "Flask-Mail") if any(one.startswith(name) for one in direct)} == {
        "waitress",
        "Flask-Mail",
    }
    after = installed_in(project)
    assert before.items() <= after.items()
    call(uv, "sync", "--locked", cwd=project)
    assert installed_in(project) == after
    assert flaskgen("freeze", "--check", cwd=project).returncode == 0


@pytest.mark.slow  # test_fresh_clone.py does so in one project
def test_pip_installs_the_frozen_versions(project: Path, fresh: Path) -> None:
    call(fresh, "-m", "pip", "install", "-q", "-r", "requirements-dev.txt", cwd=project)
    assert "passed" in call(fresh, "-m", "pytest", "-q", cwd=project)
    assert versions_in(fresh) == installed_in(project)
    assert without_pip(versions_in(fresh)) == pins(project, "requirements.txt", "requirements-dev.txt")


def test_a_package_of_the_project_serves_from_anywhere(project: Path, fresh: Path) -> None:
    call(fresh, "-m", "pip", "install", "-q", ".", cwd=project)
    call(fresh, "-c", SERVED.format(package="my_shop", project=str(project)), cwd=project.parent)
    assert not (project / "build").exists()
    built = ("dist/x", "build/x", "my_shop.egg-info/x")
    call("git", "init", "-q", cwd=project)
    assert call("git", "check-ignore", *built, cwd=project).split() == [*built]
