"""A fresh clone of a new project: what its README and its workflow say to do there works, step by step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from flaskgen.effects.system.environment import uv_program
from tests.e2e.installed import installed_in, pins, versions_in, without_pip
from tests.project_templates.served import free_port
from tests.project_templates.test_ci import WORKFLOW, call, commands_in
from tests.project_templates.test_docker import COMPOSE, DOCKERFILE, health_check_of, image_of, serving

pytestmark = pytest.mark.e2e


@pytest.fixture
def project(flaskgen: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    extensions = "docker,ci,migrate,login,mail"
    done = flaskgen("new", "shop", "--with", extensions, "-y", "-q", "--git")
    assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


@pytest.fixture
def clone(project: Path, tmp_path: Path) -> Path:
    git = ["git", "-C", str(project), "-c", "user.name=ann", "-c", "user.email=ann@example.com"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "all"], check=True)
    subprocess.run(["git", "clone", "-q", project, tmp_path / "clone"], check=True)
    assert not (tmp_path / "clone" / ".env").exists()
    return tmp_path / "clone"


def test_the_commands_of_the_workflow_pass(project: Path, clone: Path, tmp_path: Path):
    python = project / ".venv/bin/python"
    subprocess.run([uv_program(), "venv", "-q", "--python", python, tmp_path / "venv"], check=True)
    subprocess.run([uv_program(), "pip", "install", "-q", "--python", tmp_path / "venv", "pip"], check=True)
    commands = commands_in((clone / WORKFLOW).read_text())
    assert {command.partition(" ")[0] for command in commands} == {"pip", "pre-commit", "pytest"}
    for command in commands:
        done = call(command, clone, tmp_path / "venv/bin/python")
        assert done.returncode == 0, done.stdout + done.stderr
    installed = without_pip(versions_in(tmp_path / "venv/bin/python"))
    assert installed == pins(clone, "requirements.txt", "requirements-dev.txt")
    assert installed == without_pip(installed_in(project))


def build(clone: Path, folder: Path, python: Path) -> tuple[Path, dict[str, str], list[str]]:
    """Carry out the Dockerfile below ``folder``: return its /app, its environment and its command.

    Users and owners are left out, which only root can make.
    """
    environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}"}
    (folder / "bin").mkdir(parents=True)
    for name, stub in {"useradd": "true", "install": 'mkdir -p "${@: -1}"'}.items():
        (folder / "bin" / name).write_text(f"#!/bin/bash\n{stub}\n")
        (folder / "bin" / name).chmod(0o755)
    (folder / "bin" / "python").symlink_to(python)
    text = (clone / DOCKERFILE).read_text().replace("\\\n", " ")
    command: list[str] = []
    for line in filter(None, text.splitlines()):
        instruction, _, rest = line.replace("/venv", f"{folder}/venv").partition(" ")
        match instruction:
            case "WORKDIR":
                app = folder / rest.removeprefix("/")
                app.mkdir(exist_ok=True)
            case "ENV":
                for name, value in re.findall(r"(\w+)=(\S+)", rest):
                    environment[name] = value.replace("$PATH", environment["PATH"])
            case "RUN":
                subprocess.run(rest, shell=True, cwd=app, env=environment, check=True)
            case "COPY" if rest == ". .":
                image_of(clone, app)
            case "COPY" if not rest.startswith("--from=build"):
                shutil.copy(clone / rest.split()[0], app)
            case "CMD":
                command = json.loads(rest)
    return app, environment, command


def settings_in(compose: str) -> dict[str, str]:
    """Return what Compose sets for the application, where nothing else sets it."""
    settings = compose.partition("environment:\n")[2].partition("ports:")[0]
    found = re.findall(r"^      ([A-Z_]+): (.+)$", settings, re.MULTILINE)
    return {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in found}


def test_the_commands_for_docker_end_in_a_served_application(project: Path, clone: Path, tmp_path: Path):
    section = (clone / "docs/production.md").read_text().partition("## Docker")[2].partition("\n#")[0]
    given = {"SECRET_KEY": "0123456789-abcdefghij-KLMNOP", "MAIL_SERVER": "localhost"}
    assert re.findall(r"^- `([A-Z_]+)`", section, re.MULTILINE) == [*given]
    example = (clone / ".env.example").read_text()
    for name, value in given.items():
        example, count = re.subn(rf"^(# )?{name}=.*$", f"{name}={value}", example, flags=re.MULTILINE)
        assert count == 1
    (clone / ".env").write_text(example)

    app, environment, command = build(clone, tmp_path / "image", (project / ".venv/bin/python").resolve())
    assert not (app / ".env").exists()
    environment |= dict(re.findall(r"^([A-Z_]+)=(.+)$", example, re.MULTILINE))
    environment |= settings_in((clone / COMPOSE).read_text())
    published = environment["PORT"]
    environment["PORT"] = str(free_port())

    first, *others = re.findall(r"^\$ docker compose (.+)$", section, re.MULTILINE)
    assert first == "up --build --detach"
    assert others == ["run --rm web flask db upgrade"]
    for line in others:
        program, *arguments = line.removeprefix("run --rm web ").split()
        path = tmp_path / "image" / "venv" / "bin" / program
        subprocess.run([path, *arguments], cwd=app, env=environment, check=True)
    with serving(app, command, environment, tmp_path / "log", check=health_check_of(clone)):
        for path in ("/", "/notes/", "/auth/login"):
            connection = HTTPConnection("127.0.0.1", int(environment["PORT"]), timeout=20)
            connection.request("GET", path, headers={"Host": f"localhost:{published}"})
            assert connection.getresponse().status == 200, path
            connection.close()
