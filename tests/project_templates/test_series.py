"""What holds for the projects of every line of Flask, from the oldest to the newest."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import adopt_release
from flaskgen.planning.templates.catalogue import Catalogue
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES, NEWEST, each_series, pythons_of, some_series
from tests.project_templates.subsets import WEB, Files, TreesOf, name_of, write_tree
from tests.project_templates.test_lint import ruff
from tests.sampling import sampled

README = PurePosixPath("README.md")
SETTINGS = PurePosixPath("pyproject.toml")
DERIVED = {
    "dev",
    "ended",
    "no-database",
    "untested",
    "resources",
    "schema-fields",
    "form-fields",
    "resources-field-decimal",
    "resources-field-file",
    "resources-field-json",
    "resources-field-url",
    "resources-field-uuid",
    "resources-with-api",
}
"""Traits that no data names: they come from the specification, its resources, `upstream` and the index."""


def traits_of(series: FlaskSeries) -> frozenset[str]:
    return series.traits.union(*(series.for_release(release).traits for release in series.releases))


def text_of(tree: Files, path: str) -> str:
    return str(tree[PurePosixPath(path)])


def test_every_trait_of_the_data_has_an_overlay_and_every_overlay_a_project(catalogue: Catalogue):
    named = frozenset[str]().union(*(traits_of(series) for series in ALL_SERIES))
    provided = {trait for extension in catalogue.extensions.values() for trait in extension.provides}
    asked = frozenset[str]().union(*(layer.condition for layer in catalogue.layers))
    options = {
        f"{option.name}-{choice}"
        for extension in catalogue.extensions.values()
        for option in extension.options
        for choice in option.choices
    }
    assert asked - provided - options - catalogue.extensions.keys() - DERIVED == named


def test_deprecations_fail_the_tests_unless_the_series_is_newer_than_the_data():
    for version, ignored in (("3.1.9", False), ("3.2.0", True)):
        series = adopt_release(version, ALL_SERIES).series._replace(tested=version)
        settings = tomllib.loads(text_of(render_project(WEB, series=series), str(SETTINGS)))
        filters = settings["tool"]["pytest"]["ini_options"]["filterwarnings"]
        assert filters[0] == "error"
        assert (filters[-1] == "default::DeprecationWarning") is ignored


def files_of(trees: Iterable[Files]) -> set[tuple[PurePosixPath, str]]:
    """Return each file once: most are the same in many subsets."""
    return {(path, str(content)) for tree in trees for path, content in tree.items()}


@some_series
def test_the_oldest_python_of_the_series_can_read_every_module(series: FlaskSeries, trees_of: TreesOf):
    oldest = tuple(int(part) for part in pythons_of(series)[0].split("."))
    for path, text in files_of(trees_of(series).values()):
        if path.suffix == ".py":
            ast.parse(text, str(path), feature_version=(oldest[0], oldest[1]))


@pytest.mark.parametrize(  # of the newest, tests/project_templates/test_lint.py looks at every pair
    "series", sampled(ALL_SERIES[:-1], [ALL_SERIES[0]]), ids=lambda series: series.name
)
def test_every_subset_is_clean_and_formatted(series: FlaskSeries, trees_of: TreesOf, tmp_path: Path):
    for subset, tree in trees_of(series).items():
        write_tree(tmp_path / name_of(subset), tree)
    for arguments in (["check"], ["format", "--diff"]):
        done = ruff(*arguments, "--no-cache", tmp_path)
        assert done.returncode == 0, done.stdout


@each_series
def test_ruff_is_told_of_the_oldest_python_of_the_series(series: FlaskSeries):
    settings = tomllib.loads(str(render_project((), series=series)[SETTINGS]))
    assert settings["tool"]["ruff"]["target-version"] == "py" + pythons_of(series)[0].replace(".", "")


@some_series
def test_files_read_as_if_written_by_hand(series: FlaskSeries, trees_of: TreesOf):
    for path, text in files_of(trees_of(series).values()):
        assert not re.search(r"[ \t]$", text, re.MULTILINE), path
        if path.suffix != ".py":
            assert "\n\n\n" not in text, path
        if "templates" not in path.parts:
            assert not re.search(r"(?<!\$)\{\{|\{%", text), path  # ${{ }} is GitHub's


@each_series
def test_a_series_that_nobody_fixes_says_so(series: FlaskSeries):
    ended = f"Flask {series.name} gets no security fixes any more."
    assert (ended in str(render_project((), series=series)[README])) is not series.upstream.supported


@each_series
def test_only_the_command_that_the_series_has_is_named(series: FlaskSeries):
    tree = render_project(WEB, series=series)
    has_script = PurePosixPath("manage.py") in tree
    assert has_script is ("no-cli" in series.traits)
    command, other = ("python manage.py", "flask") if has_script else ("flask", "python manage.py")
    commands = "run|routes|shell|init-db|create-user|grant-admin|send-messages|send-test-mail"
    for path, content in tree.items():
        assert not re.search(rf"\b{other} ({commands})\b", str(content)), path
    named = re.findall(rf"^\| `{command} ([a-z-]+)", str(tree[README]), re.MULTILINE)
    assert sorted(named) == sorted(commands.split("|"))


@each_series
def test_files_that_the_readme_names_are_there(series: FlaskSeries):
    tree = render_project(WEB, series=series)
    cells = " ".join(re.findall(r"^\| (`.*?`) \|", str(tree[README]), re.MULTILINE))
    rows = {PurePosixPath(row) for row in re.findall(r"`((?:my_shop/|[a-z.]+\.py)[^`]*)`", cells)}
    modules = {path for path in tree if path.suffix == ".py" and path.parts[0] != "tests"}
    assert {row for row in rows if row.suffix == ".py"} <= modules
    assert all(rows & {path, path.parent} for path in modules)


def test_a_clone_has_the_directory_of_revisions():
    """Alembic for Python 3.8 and 3.9 does not create it."""
    tree = render_project(("production", "sqlalchemy", "migrate"), series=NEWEST)
    assert [path for path in tree if path.parent == PurePosixPath("migrations/versions")]


def test_the_newest_series_is_free_of_what_the_older_ones_need():
    assert set(NEWEST.traits) == {"limiter", "typed"}
    tree = render_project(WEB)
    assert PurePosixPath("my_shop/cli.py") not in tree
    assert "class Client" not in text_of(tree, "tests/conftest.py")
    assert text_of(tree, "pyproject.toml").count('"ignore:') == 1


@pytest.mark.parametrize("extensions", [(), WEB])
def test_without_test_tools_nothing_speaks_of_them(extensions: tuple[str, ...]):
    with_tools, without = (render_project(extensions, dev=dev) for dev in (True, False))
    assert "requirements-dev.txt" in str(with_tools[README])
    assert "requirements-dev.txt" not in str(without[README])
    assert "dependency-groups" not in tomllib.loads(str(without[SETTINGS]))
    agents = PurePosixPath("AGENTS.md")
    assert "requirements-dev.txt" not in str(without[agents])
    assert {path for path in with_tools if with_tools[path] != without[path]} == {README, SETTINGS, agents}
