"""A project of one file, on every series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.project.spec import render_project
from tests.project_templates.rendering import spec_of
from tests.project_templates.series import NEWEST
from tests.project_templates.served import Site
from tests.project_templates.subsets import SHIPPED, Files, write_tree
from tests.project_templates.test_lint import ruff

each_series = pytest.mark.parametrize("series", load_series(), ids=lambda series: series.name)


def render(series: FlaskSeries = NEWEST, name: str = "my-shop") -> Files:
    spec = replace(spec_of((), series=series, name=name), single=True)
    return render_project(spec, SHIPPED, secret_key="a-key" * 8)


def test_it_is_one_module_one_template_and_one_test_beside_what_tools_read() -> None:
    assert {str(path) for path in render()} == {
        *("app.py", "templates/index.html", "test_app.py", "README.md", "pyproject.toml"),
        *(".editorconfig", ".gitattributes", ".gitignore"),
    }


def test_it_is_clean_under_ruff(tmp_path: Path) -> None:
    for series in load_series():
        write_tree(tmp_path / series.name, render(series))
    for arguments in (["check"], ["format", "--diff"]):
        done = ruff(*arguments, "--no-cache", tmp_path)
        assert done.returncode == 0, done.stdout


def test_its_page_is_a_template_of_the_application() -> None:
    files = {str(path): content for path, content in render().items()}
    assert "<title>{{ title }}</title>" in str(files["templates/index.html"])
    assert 'title="My Shop"' in str(files["app.py"])


@each_series
def test_its_readme_says_how_the_series_runs_it(series: FlaskSeries) -> None:
    files = {str(path): str(content) for path, content in render(series).items()}
    runs_itself = "app.run()" in files["app.py"]
    assert runs_itself == ("no-cli" in series.traits)
    assert ("$ python app.py" if runs_itself else "$ flask run") in files["README.md"]
    for warning in ("deprecated-calls", "old-stack"):
        assert ("DeprecationWarning" in files["pyproject.toml"]) >= (warning in series.traits)


@pytest.mark.e2e
def test_its_test_passes(project_python: Path, tmp_path: Path) -> None:
    project = write_tree(tmp_path, render())
    assert "1 passed" in Site(project_python, project).run_tests()
