"""What the tests of the templates share: every subset, rendered once, and one environment to run them in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import uv
from packaging.markers import default_environment

from flaskgen.effects.compatibility_data import load_lines, load_lock
from flaskgen.effects.templates import load_catalogue
from flaskgen.planning.catalogue import Catalogue
from flaskgen.planning.lock import select_pins
from flaskgen.planning.names import parse_project_name
from flaskgen.planning.pins import format_pins
from flaskgen.planning.releases import choose_release
from flaskgen.planning.render import render
from flaskgen.planning.selection import parse_options, select_extensions
from flaskgen.planning.spec import ProjectSpec, template_values
from tests.project_templates.subsets import SUBSETS, Files, RenderProject, Subset, write_tree


def spec_of(extensions: Subset, *, name: str, catalogue: Catalogue) -> ProjectSpec:
    chosen = select_extensions(extensions, catalogue).extensions
    release = choose_release("latest", load_lines())
    options = parse_options((), chosen, catalogue)
    return ProjectSpec(parse_project_name(name), release, "3.13", chosen, options)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def render_project(catalogue: Catalogue) -> RenderProject:
    """Renders a project as `flaskgen new` does, of the shipped catalogue or another."""
    shipped = catalogue

    def render_project(
        extensions: Subset, *, name: str = "my-shop", catalogue: Catalogue | None = None
    ) -> Files:
        used = catalogue or shipped
        spec = spec_of(extensions, name=name, catalogue=used)
        key = "a-key-for-tests-0123456789-abcdefghij"
        values = template_values(spec, spec.requirements(used), secret_key=key)
        return render(used, traits=spec.traits, values=values)

    return render_project


@pytest.fixture(scope="session")
def trees(render_project: RenderProject) -> Mapping[Subset, Files]:
    """Every subset's files."""
    return {subset: render_project(subset) for subset in SUBSETS}


@pytest.fixture(scope="session")
def projects(
    trees: Mapping[Subset, Files], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Subset, Path]:
    """Every subset on disk, side by side."""
    parent = tmp_path_factory.mktemp("projects")
    return {subset: write_tree(parent / ("+".join(subset) or "none"), tree) for subset, tree in trees.items()}


@pytest.fixture(scope="session")
def project_python(
    catalogue: Catalogue, shared_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The interpreter of an environment with the locked packages of every extension."""
    spec = spec_of(tuple(catalogue.extensions), name="my-shop", catalogue=catalogue)
    markers = {name: str(value) for name, value in default_environment().items()}
    pins = select_pins(load_lock(spec.release.line), spec.requirements(catalogue), markers=markers)
    folder = tmp_path_factory.mktemp("environment")
    requirements = folder / "requirements.txt"
    requirements.write_text(format_pins(pins.all, hashes=True))
    cache = shared_cache / "uv"
    uv_command = [uv.find_uv_bin(), "--no-config", "--no-python-downloads", "--cache-dir", cache, "-q"]
    subprocess.run([*uv_command, "venv", "--python", sys.executable, folder / "venv"], check=True)
    python = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    # Compiled once here: the runs leave no bytecode behind.
    install = ["pip", "install", "--compile-bytecode", "--require-hashes", "--python", python]
    subprocess.run([*uv_command, *install, "-r", requirements], check=True)
    return python
