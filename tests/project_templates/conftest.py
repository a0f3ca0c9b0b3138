"""What the tests of the templates share: every subset, rendered once, and environments to run them in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import uv
from packaging.markers import default_environment

from flaskgen.effects.compatibility_data import load_lock
from flaskgen.effects.templates import load_catalogue
from flaskgen.planning.catalogue import Catalogue
from flaskgen.planning.compatibility import FlaskLine
from flaskgen.planning.interpreter import Interpreter
from flaskgen.planning.lock import select_pins
from flaskgen.planning.names import parse_project_name
from flaskgen.planning.pins import format_pins
from flaskgen.planning.render import render
from flaskgen.planning.selection import parse_options, select_extensions
from flaskgen.planning.spec import ProjectSpec, template_values
from tests.project_templates.lines import NEWEST, RUNNING, interpreter_of, release_of
from tests.project_templates.subsets import (
    SUBSETS,
    Files,
    PythonFor,
    RenderProject,
    Subset,
    TreesOf,
    name_of,
    write_tree,
)


def spec_of(
    extensions: Subset,
    *,
    catalogue: Catalogue,
    name: str = "my-shop",
    line: FlaskLine = NEWEST,
    dev: bool = True,
) -> ProjectSpec:
    chosen = select_extensions(extensions, catalogue).extensions
    options = parse_options((), chosen, catalogue)
    return ProjectSpec(parse_project_name(name), release_of(line), "3.13", chosen, options, dev=dev)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def render_project(catalogue: Catalogue) -> RenderProject:
    """Renders a project as `flaskgen new` does, of the shipped catalogue or another."""
    shipped = catalogue

    def render_project(
        extensions: Subset,
        *,
        name: str = "my-shop",
        catalogue: Catalogue | None = None,
        line: FlaskLine = NEWEST,
        dev: bool = True,
    ) -> Files:
        used = catalogue or shipped
        spec = spec_of(extensions, name=name, catalogue=used, line=line, dev=dev)
        key = "a-key-for-tests-0123456789-abcdefghij"
        values = template_values(spec, spec.requirements(used), secret_key=key)
        return render(used, traits=spec.traits, values=values)

    return render_project


@pytest.fixture(scope="session")
def trees_of(render_project: RenderProject) -> TreesOf:
    """Renders every subset of a line once."""
    rendered: dict[str, Mapping[Subset, Files]] = {}

    def trees_of(line: FlaskLine) -> Mapping[Subset, Files]:
        if line.name not in rendered:
            rendered[line.name] = {subset: render_project(subset, line=line) for subset in SUBSETS}
        return rendered[line.name]

    return trees_of


@pytest.fixture(scope="session")
def trees(trees_of: TreesOf) -> Mapping[Subset, Files]:
    """The files of every subset on the newest line."""
    return trees_of(NEWEST)


@pytest.fixture(scope="session")
def projects(
    trees: Mapping[Subset, Files], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Subset, Path]:
    """Every subset on disk, side by side."""
    parent = tmp_path_factory.mktemp("projects")
    return {subset: write_tree(parent / name_of(subset), tree) for subset, tree in trees.items()}


@pytest.fixture(scope="session")
def python_for(
    catalogue: Catalogue, shared_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> PythonFor:
    """Makes an environment with the locked packages of every extension, for a line and a Python once."""
    host = {name: str(value) for name, value in default_environment().items()}
    options = ["--no-config", "--no-python-downloads", "--cache-dir", shared_cache / "uv", "-q"]
    uv_command = [uv.find_uv_bin(), *options]

    made: dict[tuple[str, str], Path] = {}

    def python_for(line: FlaskLine, python: str) -> Path:
        if (line.name, python) not in made:
            made[line.name, python] = make(line, python)
        return made[line.name, python]

    def make(line: FlaskLine, python: str) -> Path:
        interpreter = interpreter_of(python)
        spec = spec_of(tuple(catalogue.extensions), catalogue=catalogue, line=line)
        markers = host if python == RUNNING else Interpreter(interpreter, f"{python}.0").markers(host)
        pins = select_pins(load_lock(line), spec.requirements(catalogue), markers=markers)
        folder = tmp_path_factory.mktemp("environment")
        listed = folder / "requirements.txt"
        listed.write_text(format_pins(pins.all, hashes=True))
        subprocess.run([*uv_command, "venv", "--python", interpreter, folder / "venv"], check=True)
        executable = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        # Compiled once here: the runs leave no bytecode behind.
        install = ["pip", "install", "--compile-bytecode", "--require-hashes", "--python", executable]
        subprocess.run([*uv_command, *install, "-r", listed], check=True)
        return executable

    return python_for


@pytest.fixture(scope="session")
def project_python(python_for: PythonFor) -> Path:
    """The interpreter of an environment for the newest line."""
    return python_for(NEWEST, RUNNING)
