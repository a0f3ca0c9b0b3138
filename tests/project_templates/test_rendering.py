"""What holds for the files of every sampled subset of the extensions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from itertools import product
from pathlib import Path, PurePosixPath

import pytest

from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST
from tests.project_templates.subsets import (
    EVERYTHING,
    SHIPPED,
    SUBSETS,
    WEB,
    Files,
    Subset,
    closed,
    known_to,
)

README = PurePosixPath("README.md")
Trees = Mapping[Subset, Files]


Distinct = set[tuple[PurePosixPath, str]]


@pytest.fixture(scope="module")
def files(trees: Trees) -> Distinct:
    """Each text of a file once: most are the same in many subsets."""
    return {(path, text) for tree in trees.values() for path, text in texts(tree).items()}


def texts(tree: Files) -> dict[PurePosixPath, str]:
    return {path: content for path, content in tree.items() if isinstance(content, str)}


def test_the_sample_has_nothing_each_extension_each_pair_and_everything():
    names = known_to(NEWEST)
    assert SUBSETS[0] == ()
    assert tuple(sorted(names)) == EVERYTHING
    for first, second in product(names, repeat=2):
        assert closed([first, second]) in SUBSETS


def test_every_module_compiles(files: Distinct):
    for path, text in files:
        if path.suffix == ".py":
            compile(text, str(path), "exec", dont_inherit=True)


def test_files_read_as_if_written_by_hand(files: Distinct):
    for path, text in files:
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\t" not in text, path
        assert "\r" not in text, path
        assert not re.search(r"[ \t]$", text, re.MULTILINE), path
        assert not re.search(r"\n\n\n\n", text), path
        if path.suffix != ".py":
            assert "\n\n\n" not in text, path


def test_nothing_tells_of_the_template_language_or_the_generator(files: Distinct):
    for path, text in files:
        assert not path.name.endswith(".jinja")
        assert path.name == "AGENTS.md" or "flaskgen" not in text.lower(), path
        own_tags = ("[[", "[%") if "templates" in path.parts else ("{{", "{%")
        # `${{ }}` is an expression of GitHub's.
        assert not any(tag in text.replace("${{", "") for tag in own_tags), path
        assert not re.search(r"{%-?\s*slot\b", text), path


def test_an_application_template_is_valid_for_the_application(files: Distinct):
    from jinja2 import Environment

    environment = Environment(autoescape=True)
    for path, text in files:
        if "templates" in path.parts:
            environment.parse(text, filename=str(path))


def test_adding_an_extension_removes_no_file_but_an_example_without_a_database(trees: Trees):
    for subset, tree in trees.items():
        for smaller in SUBSETS:
            if set(smaller) < set(subset):
                gone = {str(path) for path in trees[smaller].keys() - tree.keys()}
                examples = {"my_shop/api/notes.py", "my_shop/rest/notes.py"}
                assert gone <= (examples if "sqlalchemy" in subset else set()), (smaller, subset)


def test_project_settings_are_valid_toml(files: Distinct):
    found = [tomllib.loads(text) for path, text in files if path == PurePosixPath("pyproject.toml")]
    for settings in found:
        assert any(line.startswith("pytest") for line in settings["dependency-groups"]["dev"])
        assert settings["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


def test_settings_of_the_code_are_explained(trees: Trees):
    for subset, tree in trees.items():
        files = texts(tree)
        config = files.get(PurePosixPath("my_shop/config.py"), '        "SECRET_KEY":')
        names = re.findall(r'^ {8}"([A-Z_]+)":', config, re.MULTILINE)
        assert "SECRET_KEY" in names, subset
        same_site = {"SESSION_COOKIE_SAMESITE", "REMEMBER_COOKIE_SAMESITE"}
        for name in set(names) - same_site:
            assert f"`{name}`" in files.get(PurePosixPath("docs/settings.md"), files[README]), subset


def test_the_readme_names_every_module_and_only_files_that_are_there(trees: Trees):
    for subset, tree in trees.items():
        table = texts(tree)[README].partition("## Files\n")[2].partition("\n## ")[0]
        first_cells = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
        named = {PurePosixPath(name) for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}
        frozen = {PurePosixPath(name) for name in ("requirements.txt", "requirements-dev.txt", "uv.lock")}
        for path in named - frozen:
            assert any(path == there or path in there.parents for there in tree), (path, subset)
        for path in tree:
            if path.suffix == ".py":
                assert named & {path, *path.parents}, (path, subset)


def test_links_between_the_pages_of_a_project_lead_to_files_that_are_there(trees: Trees):
    for subset, tree in trees.items():
        files = texts(tree)
        pages = {path: text for path, text in files.items() if path.suffix == ".md"}
        linked = set()
        for path, text in pages.items():
            for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text):
                linked.add(path.parent / target)
        assert linked == {path for path in pages if path.parent.name == "docs"}, subset


def test_pages_are_short_and_have_whole_sections(files: Distinct):
    for path, text in files:
        if path.suffix == ".md":
            assert len(text.splitlines()) <= 160, path
            assert not re.search(r"^#.*\n+(#|\Z)", re.sub(r"\A# .*\n", "", text), re.MULTILINE), path
            assert text.count("```") % 2 == 0, path


def test_the_readme_of_a_preset_is_short_and_a_minimal_project_has_no_other_page():
    for preset, most in {"minimal": 90, "web": 120, "api": 120, "full": 160}.items():
        files = texts(render_project(SHIPPED.presets[preset].extensions))
        assert len(files[README].splitlines()) <= most, preset
        pages = {str(path) for path in files if path.parts[0] == "docs"}
        names = () if preset == "minimal" else ("extensions", "production", "settings")
        assert pages == {f"docs/{name}.md" for name in names}


def commands_in(text: str) -> list[str]:
    """List the commands of a module, with the group that its blueprint has."""
    group = "".join(re.findall(r'cli_group="([a-z-]+)"', text))
    return [f"{group} {name}".strip() for name in re.findall(r'@bp\.cli\.command\("([a-z-]+)"\)', text)]


def test_commands_of_the_code_are_in_the_readme_and_the_other_way_round(trees: Trees):
    for subset, tree in trees.items():
        files = texts(tree)
        defined = {command for text in files.values() for command in commands_in(text)}
        named = set(re.findall(r"^\| `flask ((?:jobs )?[a-z-]+)", files[README], re.M))
        brought = {"run", "routes", "shell"} | ({"db"} if "migrate" in subset else set())
        assert named == defined | brought, subset


def test_the_page_for_agents_is_short_and_names_only_what_is_there(trees: Trees):
    for subset, tree in trees.items():
        files = texts(tree)
        page = files[PurePosixPath("AGENTS.md")]
        assert len(page.splitlines()) <= 25, subset
        readme = files[README]
        there = {command for command in ("flask init-db", "flask db") if f"| `{command}" in readme}
        named = set(re.findall(r"`(flask [a-z-]+)", page))
        assert named <= there, subset
        assert bool(named) == bool(there), subset
        for name in re.findall(r"`([a-z/_]+/[a-z._/]+|[a-z-]+\.toml|requirements[a-z-]*\.in)`", page):
            assert name == "migrations/versions/" or PurePosixPath(name) in tree, (name, subset)


def test_there_is_one_page_for_agents(files: Distinct):
    others = {"CLAUDE.md", "GEMINI.md", ".cursorrules", "copilot-instructions.md", "SKILL.md"}
    assert not others & {path.name for path, _ in files}


def test_the_page_for_agents_installs_pytest_in_a_project_without_test_tools():
    page = render_project((), dev=False)[PurePosixPath("AGENTS.md")]
    assert "`pip install -r requirements.txt pytest ruff`" in str(page)


def test_the_starter_stays_small(trees: Trees):
    # Lines that are not blank; requirements.txt and requirements-dev.txt come on top of the files.
    for subset, most_files, most_lines in (((), 18, 60), (("production",), 35, 667), (WEB, 106, 3200)):
        python = [text for path, text in texts(trees[subset]).items() if path.suffix == ".py"]
        assert len(trees[subset]) <= most_files
        assert sum(bool(line.strip()) for text in python for line in text.splitlines()) <= most_lines


def test_the_secret_is_in_one_file_only(trees: Trees):
    for tree in trees.values():
        holders = [path for path, text in texts(tree).items() if "a-key-for-tests" in text]
        assert holders == [PurePosixPath(".env")]


def test_files_do_not_depend_on_the_hash_seed(tmp_path: Path):
    code = (
        "from flaskgen.effects.shipped.templates import load_catalogue\n"
        "from flaskgen.planning.templates.render import render\n"
        "values = dict(name='my-shop', package='my_shop', title='My Shop', flask='3.1.3', flask_line='3.1',\n"
        "    python='3.13', requires_python='>=3.13', oldest_python='3.9', command='flask',\n"
        "    run_command='flask run', requirements=(), dev_requirements=(), options={}, pages={'main': ()},\n"
        "    form_fields=(), schema_fields=(), secret_key='k')\n"
        f"tree = render(load_catalogue(), traits=frozenset({WEB!r}), values=values)\n"
        "print([(str(path), content) for path, content in tree.items()])\n"
    )

    def rendered(seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout

    first = rendered("1")
    assert first == rendered("42")
    assert "create_app" in first
