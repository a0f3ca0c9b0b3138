"""An extension is a directory: dropped into a catalogue, it works without a change to any other file."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.shipped.templates import load_catalogue_from
from flaskgen.planning.templates.catalogue import Catalogue
from tests.project_templates.rendering import render_project
from tests.project_templates.served import Site
from tests.project_templates.subsets import WEB, Files, Subset, write_tree

SHIPPED = Path(__file__).parents[2] / "project_templates"

PULSE = {
    "manifest.toml": 'title = "Pulse"\nsummary = "says that the application lives"\norder = 90\n'
    'needs = ["production"]\n'
    '[flask."2.2 to 3.1"]\nrequirements = []\n',
    "files/{{package}}/pulse.py.jinja": (
        '"""Says that the application lives."""\n\n'
        "from flask import Blueprint\n\n"
        'bp = Blueprint("pulse", __name__)\n\n\n'
        '@bp.route("/pulse")\n'
        "def pulse():\n"
        '    """Answer."""\n'
        '    return {"alive": True}\n'
    ),
    "files/tests/test_pulse.py.jinja": (
        "def test_the_application_lives(client):\n"
        '    assert client.get("/pulse").get_json() == {"alive": True}\n'
    ),
    "slots.jinja": (
        '{% fill "config.settings" %}\n'
        '"PULSE": "good",\n'
        "{% endfill %}\n\n"
        '{% fill "app.modules" %}\n'
        "pulse,\n"
        "{% endfill %}\n"
        '{% fill "app.blueprints" %}\n'
        "app.register_blueprint(pulse.bp)\n"
        "{% endfill %}\n\n"
        '{% with "login" %}\n'
        '{% fill "env.example" %}\n\n# The pulse of the members.\n# PULSE=good\n{% endfill %}\n'
        "{% endwith %}\n"
    ),
}


@pytest.fixture
def extended(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "templates"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in PULSE.items():
        target = folder / "extensions" / "pulse" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return load_catalogue_from(folder)


def test_it_is_known_with_what_its_manifest_says(extended: Catalogue):
    assert extended.extensions["pulse"].summary == "says that the application lives"
    assert extended.presets["full"].extensions[-1] == "pulse"


def test_it_changes_only_its_own_files_and_its_lines(extended: Catalogue):
    before = render_project(("production",), catalogue=extended)
    after = render_project(("pulse",), catalogue=extended)
    changed = {str(path) for path in after if after[path] != before.get(path)}
    assert changed == {
        "my_shop/__init__.py",
        "my_shop/config.py",
        "my_shop/pulse.py",
        "tests/test_pulse.py",
    }
    assert before.keys() < after.keys()


def test_without_it_nothing_changes(extended: Catalogue, trees: Mapping[Subset, Files]):
    for subset, tree in trees.items():
        assert render_project(subset, catalogue=extended) == tree


def test_it_meets_another_extension(extended: Catalogue):
    example = PurePosixPath(".env.example")
    assert "PULSE" not in str(render_project(("pulse",), catalogue=extended)[example])
    assert "PULSE" in str(render_project(("pulse", "login"), catalogue=extended)[example])


@pytest.mark.e2e
def test_a_project_with_it_passes_its_tests(extended: Catalogue, project_python: Path, tmp_path: Path):
    project = write_tree(tmp_path / "project", render_project(("pulse", *WEB), catalogue=extended))
    assert "1 passed" in Site(project_python, project).run_tests("tests/test_pulse.py")
