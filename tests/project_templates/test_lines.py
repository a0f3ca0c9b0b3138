"""What holds for the projects of every line of Flask, from the oldest to the newest."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.planning.flask.compatibility import FlaskLine
from flaskgen.planning.flask.releases import adopt_release
from flaskgen.planning.templates.catalogue import Catalogue
from tests.project_templates.lines import LINES, NEWEST, each_line, pythons_of
from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import WEB, Files, TreesOf, name_of, write_tree
from tests.project_templates.test_lint import ruff

README = PurePosixPath("README.md")
SETTINGS = PurePosixPath("pyproject.toml")
DERIVED = {"dev", "ended", "untested", "resources", "schema-fields", "form-fields", "resources-field-decimal"}
"""Traits that no data names: they come from the specification, its resources, `upstream` and the index."""


def traits_of(line: FlaskLine) -> frozenset[str]:
    return line.traits.union(*(line.for_release(release).traits for release in line.releases))


def text_of(tree: Files, path: str) -> str:
    return str(tree[PurePosixPath(path)])


def test_every_trait_of_the_data_has_an_overlay_and_every_overlay_a_project(catalogue: Catalogue):
    named = frozenset[str]().union(*(traits_of(line) for line in LINES))
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
        line = replace(adopt_release(version, LINES).line, tested=version)
        settings = tomllib.loads(text_of(render_project(WEB, line=line), str(SETTINGS)))
        filters = settings["tool"]["pytest"]["ini_options"]["filterwarnings"]
        assert filters[0] == "error"
        assert (filters[-1] == "default::DeprecationWarning") is ignored


@each_line
def test_the_oldest_python_of_the_line_can_read_every_module(line: FlaskLine, trees_of: TreesOf):
    oldest = tuple(int(part) for part in pythons_of(line)[0].split("."))
    for tree in trees_of(line).values():
        for path, content in tree.items():
            if path.suffix == ".py":
                ast.parse(str(content), str(path), feature_version=(oldest[0], oldest[1]))


@each_line
def test_every_subset_is_clean_and_formatted(line: FlaskLine, trees_of: TreesOf, tmp_path: Path):
    for subset, tree in trees_of(line).items():
        write_tree(tmp_path / name_of(subset), tree)
    for arguments in (["check"], ["format", "--diff"]):
        done = ruff(*arguments, "--no-cache", tmp_path)
        assert done.returncode == 0, done.stdout


@each_line
def test_ruff_is_told_of_the_oldest_python_of_the_line(line: FlaskLine):
    settings = tomllib.loads(str(render_project((), line=line)[SETTINGS]))
    assert settings["tool"]["ruff"]["target-version"] == "py" + pythons_of(line)[0].replace(".", "")


@each_line
def test_files_read_as_if_written_by_hand(line: FlaskLine, trees_of: TreesOf):
    for tree in trees_of(line).values():
        for path, text in tree.items():
            assert not re.search(r"[ \t]$", str(text), re.MULTILINE), path
            if path.suffix != ".py":
                assert "\n\n\n" not in str(text), path
            if "templates" not in path.parts:
                assert not re.search(r"(?<!\$)\{\{|\{%", str(text)), path  # ${{ }} is GitHub's


@each_line
def test_a_line_that_nobody_mends_says_so(line: FlaskLine):
    ended = f"Flask {line.name} gets no security fixes any more."
    assert (ended in str(render_project((), line=line)[README])) is not line.upstream.supported


@each_line
def test_only_the_command_that_the_line_has_is_named(line: FlaskLine):
    tree = render_project(WEB, line=line)
    has_script = PurePosixPath("manage.py") in tree
    assert has_script is ("no-cli" in line.traits)
    command, other = ("python manage.py", "flask") if has_script else ("flask", "python manage.py")
    commands = "run|routes|shell|init-db|add-note|create-user|send-messages|send-test-mail"
    for path, content in tree.items():
        assert not re.search(rf"\b{other} ({commands})\b", str(content)), path
    named = re.findall(rf"^\| `{command} ([a-z-]+)", str(tree[README]), re.MULTILINE)
    assert sorted(named) == sorted(commands.split("|"))


@each_line
def test_files_that_the_readme_names_are_there(line: FlaskLine):
    tree = render_project(WEB, line=line)
    cells = " ".join(re.findall(r"^\| (`.*?`) \|", str(tree[README]), re.MULTILINE))
    rows = {PurePosixPath(row) for row in re.findall(r"`((?:my_shop/|[a-z.]+\.py)[^`]*)`", cells)}
    modules = {path for path in tree if path.suffix == ".py" and path.parts[0] != "tests"}
    assert {row for row in rows if row.suffix == ".py"} <= modules
    assert all(rows & {path, path.parent} for path in modules)


def test_the_newest_line_is_free_of_what_the_older_ones_need():
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
