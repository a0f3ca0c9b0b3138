"""Random resources, for real: `python -m tests.resources [--projects NUMBER] [--databases NUMBER] [--write]`.

Each project has five, with random fields and relations, and a random subset of the extensions. It is
rendered, checked by ruff, mypy and pyright, and run through its own tests with warnings as errors; the HTML
of every page that the tests see is checked. The tests of some resources also run on PostgreSQL and MariaDB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import uv

from flaskgen.effects.shipped.compatibility_data import load_lock
from tests.browser.npm import install_node_modules
from tests.e2e.database_servers import running_mariadb, running_postgresql
from tests.marked_document import write_between
from tests.matrix.cells import ROOT
from tests.project_templates.environments import make_environment
from tests.project_templates.series import NEWEST, RUNNING
from tests.project_templates.subsets import write_tree
from tests.project_templates.type_checkers import TypeCheckers
from tests.resources.generated import RESOURCES, Project
from tests.subsets.run import prove_files

DOCUMENT = ROOT / "docs" / "resources.md"
BEGIN, END = "<!-- measured by tests.resources -->", "<!-- end of what was measured -->"
SERVERS = {"postgresql": running_postgresql, "mysql": running_mariadb}
DRIVERS = ("psycopg", "psycopg-binary", "pymysql")


def main() -> int:
    """Run the projects, and return 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.resources")
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument(
        "--databases", type=int, default=10, help="projects that are tested on servers as well"
    )
    parser.add_argument("--write", action="store_true", help="write docs/resources.md")
    options = parser.parse_args()
    projects = [Project(seed) for seed in range(options.projects)]
    with tempfile.TemporaryDirectory(prefix="flaskgen-resources-") as folder:
        python = _environment(Path(folder))
        failures = [
            *_check_types(projects, python, Path(folder)),
            *_run(projects, python),
            *_run_on_servers(projects[: options.databases], python),
        ]
    for about, reason in failures:
        print(f"--- {about}\n{reason}\n", flush=True)
    print(f"{len(failures)} failed")
    if options.write and not failures:
        write_between(DOCUMENT, BEGIN, END, _result(options.projects, options.databases))
    return 1 if failures else 0


def _environment(folder: Path) -> Path:
    """Make an environment with every extension and the drivers of every database."""
    python = make_environment(folder, NEWEST, RUNNING, cache=folder / "cache")
    packages = load_lock(NEWEST).packages
    pins = [f"{name}=={packages[name][-1].version}" for name in DRIVERS]
    install = [uv.find_uv_bin(), "--no-config", "pip", "install", "-q", "--no-deps", "--python", str(python)]
    subprocess.run([*install, *pins], check=True)
    return python


def _check_types(projects: list[Project], python: Path, folder: Path) -> Iterator[tuple[str, str]]:
    (npm := folder / "npm").mkdir()
    checkers = TypeCheckers(python, install_node_modules(npm, folder), folder / "mypy")
    for start in range(0, len(projects), 20):
        with tempfile.TemporaryDirectory(prefix="flaskgen-types-") as parent:
            some = {Path(parent, f"project{one.seed}"): one for one in projects[start:][:20]}
            for path, project in some.items():
                write_tree(path, project.files())
            for path, said in checkers.diagnostics(some).items():
                yield f"types of {some[path]}", said
        print(f"types of {min(start + 20, len(projects))}/{len(projects)}", flush=True)


def _run(projects: list[Project], python: Path) -> Iterator[tuple[str, str]]:
    """Run the projects side by side, and yield those that fail, with what they say."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for project, (said, passed) in zip(
            projects, pool.map(lambda one: _try(one, python), projects), strict=True
        ):
            print(f"{project}: {said if passed else 'FAILED'}", flush=True)
            if not passed:
                yield str(project), said


def _run_on_servers(projects: list[Project], python: Path) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        for database, start in SERVERS.items() if projects else ():
            server = stack.enter_context(start())
            for project in projects:
                url = server.database(f"tests_{project.seed}")
                said, passed = _try(project, python, database=database, url=url)
                print(f"{project} on {database}: {said if passed else 'FAILED'}", flush=True)
                if not passed:
                    yield f"{project} on {database}", said


def _try(project: Project, python: Path, *, database: str = "sqlite", url: str = "") -> tuple[str, bool]:
    variables, tests = ({"TEST_DATABASE_URL": url}, project.tests) if url else ({}, ())
    try:
        return prove_files(project.files(database), python, tests=tests, variables=variables), True
    except AssertionError as failure:
        return str(failure), False


def _result(projects: int, on_servers: int) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, Flask {NEWEST.tested}, Python {RUNNING}: "
        f"{projects * RESOURCES} random resources, in {projects} projects with random subsets of the "
        "extensions, are clean under ruff, mypy and pyright, and pass their tests with warnings as errors; "
        f"{on_servers * RESOURCES} of them on PostgreSQL and MariaDB as well. "
        "`python -m tests.resources --write` runs them.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
