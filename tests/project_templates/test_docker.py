"""The image and the containers of `docker`: linted, and without an engine, their steps done by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES, NEWEST, any_python_of
from tests.project_templates.served import free_port
from tests.project_templates.subsets import EVERYTHING, Files, PythonFor, closed, known_to, write_tree

Check = Callable[..., subprocess.CompletedProcess[str]]

DOCKERFILE, COMPOSE, IGNORE = map(PurePosixPath, ("Dockerfile", "compose.yaml", ".dockerignore"))
DEV_COMPOSE, DEV_CONTAINER = map(
    PurePosixPath, (".devcontainer/compose.yaml", ".devcontainer/devcontainer.json")
)
NO_DATABASE = "none"
oldest_and_newest = pytest.mark.parametrize("series", [ALL_SERIES[0], NEWEST], ids=lambda series: series.name)
CASES = list(product((NO_DATABASE, "sqlite", "postgresql", "mysql"), (False, True)))


def tree_of(database: str, *, redis: bool, more: tuple[str, ...] = (), dev: str = "no") -> Files:
    extensions = ["docker", *more] + ["redis"] * redis + ["sqlalchemy"] * (database != NO_DATABASE)
    options = () if database == NO_DATABASE else (f"sqlalchemy.database={database}",)
    return render_project(closed(extensions), options=(*options, f"docker.dev={dev}"))


def checker(program: str, *options: str) -> Check:
    """Return a linter that stands beside this interpreter or on the path; without it, the test is skipped."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found = shutil.which(program, path=path)
    if found is None:
        pytest.skip(f"{program} is not installed")

    def check(*files: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([found, *options, *files], capture_output=True, text=True, check=False)

    return check


def test_the_section_about_docker_has_what_jobs_adds_to_it() -> None:
    files = tree_of(NO_DATABASE, redis=False, more=("deploy", "jobs"))
    page = str(files[PurePosixPath("docs/production.md")])
    assert "--scale worker=4" in page.partition("## Docker")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def hadolint() -> Check:
    return checker("hadolint", "--failure-threshold", "info", "--strict-labels")


@pytest.fixture(scope="module")
def check_compose() -> Check:
    return checker("check-jsonschema", "--builtin-schema", "vendor.compose-spec")


@oldest_and_newest
def test_the_dockerfile_is_clean_under_every_rule(series: FlaskSeries, hadolint: Check, tmp_path: Path):
    write_tree(tmp_path, render_project(("docker",), series=series))
    done = hadolint(tmp_path / DOCKERFILE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_the_dockerfile_with_programs_for_backups_is_clean_too(
    database: str, hadolint: Check, tmp_path: Path
):
    write_tree(tmp_path, tree_of(database, redis=False, more=("deploy",)))
    done = hadolint(tmp_path / DOCKERFILE)
    assert done.returncode == 0, done.stdout


def test_a_fault_in_a_dockerfile_is_found(hadolint: Check, tmp_path: Path):
    text = str(tree_of(NO_DATABASE, redis=False)[DOCKERFILE])
    (tmp_path / DOCKERFILE).write_text(text.replace("--no-cache-dir ", "") + "USER root\n")
    done = hadolint(tmp_path / DOCKERFILE)
    assert done.returncode == 1
    assert {"DL3002", "DL3042"} <= set(re.findall(r"DL\d+", done.stdout))


def test_every_compose_file_is_valid(check_compose: Check, tmp_path: Path):
    files = []
    for database, redis in CASES:
        tree = tree_of(database, redis=redis, more=("mail",) * redis, dev="yes")
        folder = write_tree(tmp_path / f"{database}-{redis}", tree)
        files += [folder / COMPOSE, folder / DEV_COMPOSE]
    done = check_compose(*files)
    assert done.returncode == 0, done.stdout


def test_a_fault_in_a_compose_file_is_found(check_compose: Check, tmp_path: Path):
    text = str(tree_of(NO_DATABASE, redis=False)[COMPOSE])
    (tmp_path / COMPOSE).write_text(text.replace("restart:", "restarts:"))
    assert check_compose(tmp_path / COMPOSE).returncode == 1


@pytest.mark.parametrize(("database", "redis"), CASES)
def test_what_the_application_waits_for_is_there_and_has_a_volume(database: str, redis: bool):
    tree = tree_of(database, redis=redis)
    services, _, volumes = str(tree[COMPOSE]).partition("\nvolumes:\n")
    expected = ["database"] * (database in ("postgresql", "mysql")) + ["redis"] * redis
    assert re.findall(r"^  (\w+):$", services, re.MULTILINE) == ["web", *expected]
    assert (
        re.findall(r"^      (\w+):\n        condition: service_healthy$", services, re.MULTILINE) == expected
    )
    assert services.count("healthcheck:") == len(expected)
    assert re.findall(r"^  (\w+):$", volumes, re.MULTILINE) == ["instance", *expected]
    settings = services.partition("PORT: 8000\n")[2].partition("ports:")[0]
    environment = re.findall(r"^      ([A-Z_]+): (.+)$", settings, re.MULTILINE)
    assert len(environment) == 1 + len(expected)
    for name, value in environment:
        assert f'"{name}": ' in str(tree[PurePosixPath("my_shop/config.py")])
        host = re.fullmatch(r"[a-z]+://(?:.*@)?(\w+)[:/].*", value)
        assert host is None or host[1] in expected


@pytest.mark.parametrize("mail", [False, True])
@pytest.mark.parametrize(("database", "redis"), CASES)
def test_the_container_for_development_has_the_services_that_the_project_uses(
    database: str, redis: bool, mail: bool
):
    tree = tree_of(database, redis=redis, more=("mail",) * mail, dev="yes")
    container, compose = json.loads(str(tree[DEV_CONTAINER])), str(tree[DEV_COMPOSE])
    services, _, volumes = compose.partition("\nvolumes:\n")
    server = ["database"] * (database in ("postgresql", "mysql"))
    expected = [container["service"], *server, *["mailpit"] * mail, *["redis"] * redis]
    assert re.findall(r"^  (\w+):$", services, re.MULTILINE) == expected
    assert re.findall(r"^  (\w+):$", volumes, re.MULTILINE) == server
    assert container["forwardPorts"] == [5000, *["mailpit:8025"] * mail]
    assert f"- ..:{container['workspaceFolder']}\n" in services
    assert (DEV_COMPOSE.parent / container["dockerComposeFile"]) in tree
    settings = services.partition("environment:\n")[2].partition("volumes:")[0]
    for name, value in re.findall(r"^      ([A-Z_]+): (.+)$", settings, re.MULTILINE):
        assert name == "FLASK_DEBUG" or f'"{name}": ' in str(tree[PurePosixPath("my_shop/config.py")])
        host = re.fullmatch(r"(?:[a-z]+://(?:.*@)?)?([a-z]\w+)(?:[:/].*)?", value)
        assert host is None or host[1] in expected
    assert DEV_CONTAINER not in tree_of(database, redis=redis)


def image_of(project: Path, image: Path) -> Path:
    """Copy what `.dockerignore` lets into the image, and nothing else."""
    lines = (project / IGNORE).read_text().splitlines()
    let_in = [line.strip("!/") for line in lines if line.startswith("!")]
    assert [line for line in lines if not line.startswith(("#", "!"))] == ["*", "**/__pycache__/"]
    for name in let_in:
        if (project / name).is_dir():
            shutil.copytree(project / name, image / name)
        else:
            shutil.copy(project / name, image / name)
    return image


@oldest_and_newest
def test_all_that_is_let_into_the_image_is_there_and_none_of_it_is_secret(
    series: FlaskSeries, tmp_path: Path
):
    project = write_tree(tmp_path / "project", render_project(closed(known_to(series)), series=series))
    (project / "requirements.txt").write_text("")
    (tmp_path / "image").mkdir()
    image = image_of(project, tmp_path / "image")
    assert (image / "manage.py").exists() == (project / "manage.py").exists()
    assert (image / "migrations").exists()
    key = b"a-key-for-tests"
    assert key in (project / ".env").read_bytes()
    assert not any(key in path.read_bytes() for path in image.rglob("*") if path.is_file())
    assert not (image / ".flaskenv").exists()


def health_check_of(project: Path) -> list[str]:
    """Return the command that checks the container."""
    text = (project / DOCKERFILE).read_text().replace("\\\n", "")
    command: list[str] = json.loads(re.findall(r"^HEALTHCHECK .*? CMD (.+)$", text, re.MULTILINE)[0])
    return command


@contextmanager
def serving(
    app: Path, command: list[str], environment: dict[str, str], log: Path, *, check: list[str]
) -> Iterator[None]:
    """Run the command of an image until its health check passes, and stop it at the end."""
    python = shutil.which(check[0], path=environment["PATH"])
    assert python is not None

    def is_healthy() -> bool:
        return subprocess.run([python, *check[1:]], env=environment, check=False).returncode == 0

    assert not is_healthy()
    program = shutil.which(command[0], path=environment["PATH"])
    with log.open("w") as output:
        server = subprocess.Popen(
            [str(program), *command[1:]], cwd=app, env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 60
        while not is_healthy():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(timeout=40)
    assert server.returncode == 0


@pytest.mark.e2e
@oldest_and_newest
def test_gunicorn_serves_what_is_in_the_image_and_its_health_check_sees_it(
    series: FlaskSeries, python_for: PythonFor, tmp_path: Path
):
    python = python_for(series, any_python_of(series))
    extensions = EVERYTHING if series is NEWEST else ("docker", "redis")
    project = write_tree(tmp_path / "project", render_project(extensions, series=series))
    (project / "requirements.txt").write_text("")
    (tmp_path / "image").mkdir()
    image = image_of(project, tmp_path / "image")
    (image / "instance").mkdir()
    settings = {
        "PATH": str(python.parent),
        "PORT": str(free_port()),
        "TRUSTED_HOSTS": "www.example.com",
        "MAIL_SERVER": "localhost",
        "JOBS_URL": "redis://localhost",
        "SECRET_KEY": "0123456789-abcdefghij-KLMNOP",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = json.loads(str(re.findall(r"^CMD (.+)$", (project / DOCKERFILE).read_text(), re.MULTILINE)[-1]))
    with serving(image, command, settings, tmp_path / "log", check=health_check_of(project)):
        pass
