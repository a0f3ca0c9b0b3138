"""Generated blueprints, commands and pages are clean, typed, and their own tests pass on every series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.project.spec import render_project
from flaskgen.planning.resources.generated import parse_generated
from tests.project_templates import rendering
from tests.project_templates.rendering import spec_of
from tests.project_templates.series import ALL_SERIES, NEWEST
from tests.project_templates.served import Site
from tests.project_templates.subsets import SHIPPED, Files, write_tree
from tests.project_templates.test_generated_tests import differing_tests
from tests.project_templates.test_resources import WEB, require_clean

LONG = "a-long-name-of-22-chrs"
PARTS = (
    parse_generated("blueprint", "blog"),
    parse_generated("blueprint", LONG),
    parse_generated("command", "send-digest"),
    parse_generated("command", f"b{LONG[1:]}"),
    parse_generated("page", "about"),
    parse_generated("page", "archive", "blog"),
    parse_generated("page", LONG, LONG),
)


def render(*extensions: str, series: FlaskSeries = NEWEST) -> Files:
    spec = replace(spec_of(extensions, series=series), generated=tuple(sorted(PARTS)))
    return render_project(spec, SHIPPED, secret_key="a-key-for-tests-0123456789-abcdefghij")


def test_the_code_is_clean_under_ruff(tmp_path: Path) -> None:
    for series in ALL_SERIES:
        write_tree(tmp_path / series.name, render(series=series))
    require_clean(tmp_path)


@pytest.mark.e2e
@pytest.mark.parametrize("extensions", [(), WEB, ("production", "bootstrap")])
def test_the_tests_pass(extensions: tuple[str, ...], project_python: Path, tmp_path: Path) -> None:
    """Those of the parts, and those that look at every page."""
    files = render(*extensions)
    tests = differing_tests(files, rendering.render_project(extensions))
    assert len(tests) >= len(PARTS)
    tests += [str(path) for path in files if path.name in ("test_main.py", "test_routes.py")]
    Site(project_python, write_tree(tmp_path, files)).run_tests(*tests)
