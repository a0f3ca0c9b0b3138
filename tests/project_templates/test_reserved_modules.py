"""No project can be named as a module that its packages install, or that stands beside its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from flaskgen.errors import InvalidProjectName
from flaskgen.planning.project.names import parse_project_name
from flaskgen.planning.templates.catalogue import Catalogue

LIST_MODULES = """
import json
from importlib.metadata import distributions

tops = {path.parts[0] for found in distributions() for path in found.files or ()}
print(json.dumps(sorted(top.removesuffix(".py") for top in tops)))
"""


@pytest.mark.e2e
def test_every_installed_module_is_reserved(project_python: Path, catalogue: Catalogue):
    command = [str(project_python), "-I", "-c", LIST_MODULES]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    modules = {name for name in json.loads(listed) if name.isidentifier() and not name.startswith("_")}
    assert {"flask", "sqlalchemy", "flask_login"} <= modules
    assert modules - catalogue.reserved_modules == set()


@pytest.mark.parametrize(
    "name", ["wsgi", "manage", "migrations", "tests", "Gunicorn", "factories", "test-errors"]
)
def test_a_module_that_an_extension_may_bring_beside_the_package_is_reserved(name: str, catalogue: Catalogue):
    with pytest.raises(InvalidProjectName):
        parse_project_name(name, reserved=catalogue.reserved_modules)
