"""The documents tell the truth: commands, options, files, figures and sessions that go as shown."""

from __future__ import annotations

import configparser
import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, takewhile
from pathlib import Path, PurePosixPath

import click
import pytest

from flaskgen import __version__
from flaskgen.cli.main import cli
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.planning.templates.catalogue import Extension
from tests.commands.projects import files_of, read_project, write_project
from tests.sessions import play, steps_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
PROJECT = (DOCS / "project.md").read_text(encoding="utf-8")
SCRIPTS = (ROOT / "docs" / "how-to" / "scripts.md").read_text(encoding="utf-8")

# Documents whose sessions are played; the Chinese course has those of the English one.
SESSIONS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "docs" / "tutorial.md",
        ROOT / "docs" / "course" / "english.md",
        *(ROOT / "docs" / "how-to").glob("*.md"),
    )
    if "```console" in path.read_text(encoding="utf-8")
}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def flaskgen(*arguments: str | Path, columns: int = 80) -> str:
    command = [sys.executable, "-m", "flaskgen", *map(str, arguments)]
    surroundings = {"COLUMNS": str(columns), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_has_the_two_commands_that_ci_runs() -> None:
    readme_command = runpy.run_path(str(ROOT / ".ci" / "readme_command.py"))["readme_command"]
    assert readme_command("Try it") == "python3 -m pip install . && flaskgen new shop --preset web -y"
    assert readme_command("Work on it") == "python3 -m pip install -e '.[test]' && python3 -m pytest"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_readme_names_every_extension_preset_and_flask_line() -> None:
    catalogue = load_catalogue()
    for name in (*catalogue.extensions, *catalogue.presets):
        assert re.search(rf"\b{name}\b", README)
    all_series = load_series()
    for document in (README, CHANGELOG):
        assert f"from {all_series[0].name} to {all_series[-1].name}" in document


def paths_of_tree(drawing: str) -> Iterator[str]:
    """Yield the paths that a drawn tree names; what follows a name after two spaces says what it is."""
    folders: list[str] = []
    for line in drawing.splitlines()[1:]:
        prefix, name = re.match(r"([│ ]*)[├└]── (\S+)", line).groups()  # type: ignore[union-attr]
        folders[len(prefix) // 4 :] = [name]
        yield "".join(folders)


def test_the_tree_that_is_drawn_is_the_one_that_is_made(tmp_path: Path) -> None:
    made = json.loads(flaskgen("new", tmp_path / "shop", "--preset", "web", "--dry-run", "--json", "-y"))[
        "files"
    ]
    (drawing,) = (block for block in blocks(PROJECT, "text") if block.startswith("shop/\n"))
    drawn = list(paths_of_tree(drawing))
    for path in drawn:
        assert path in made or any(name.startswith(path) for name in made if path.endswith("/")), path
    entries = {entry for name in made for entry in top_entries(PurePosixPath(name))}
    assert entries - set(drawn) == set()


def top_entries(path: PurePosixPath) -> Iterator[str]:
    """Yield what stands for a file in the directory of the project, and in that of the package."""
    parts = path.parts
    yield parts[0] + ("/" if parts[1:] else "")
    if parts[0] == "shop":
        yield f"shop/{parts[1]}" + ("/" if parts[2:] else "")


@pytest.mark.e2e
@pytest.mark.parametrize("document", sorted(SESSIONS))
def test_the_sessions_still_go_like_that(document: str, tmp_path: Path) -> None:
    play(SESSIONS[document], tmp_path)


@pytest.mark.parametrize("promise", re.findall(r"^- (\*\*.*?)$(?=\n[-\n])", README, re.DOTALL | re.MULTILINE))
def test_the_figures_of_the_readme_are_those_of_the_results(promise: str) -> None:
    """After a measurement that is written to docs/, write its figures to the README as well."""
    (page,) = re.findall(r"\(docs/(\w+\.md)", promise)
    results = (ROOT / "docs" / page).read_text(encoding="utf-8")
    figures = re.findall(r"\d+(?:\.\d+)*", promise)
    assert figures
    absent = [one for one in figures if not re.search(rf"(?<![\d.]){re.escape(one)}(?!\d)", results)]
    assert absent == []


def test_the_course_has_the_same_sessions_in_both_languages() -> None:
    chinese = (DOCS / "course" / "chinese.md").read_text(encoding="utf-8")
    assert list(steps_of(chinese)) == list(steps_of(SESSIONS["docs/course/english.md"]))
    assert blocks(chinese, "sh") == blocks(SESSIONS["docs/course/english.md"], "sh")


def commands_in(text: str) -> Iterator[list[str]]:
    """Yield the arguments of each flaskgen command in the blocks of a document."""
    for block in re.findall(r"^```(?:sh|console|powershell)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        for line in re.findall(r"^(?:\(\w+\) )?(?:\$ )?flaskgen (.*)$", block, re.MULTILINE):
            words = shlex.split(line, comments=True)
            yield list(takewhile(lambda word: word not in ("|", ">"), words))


def test_every_command_that_a_document_shows_exists_with_its_options() -> None:
    pages = [*DOCS.glob("*.md"), *(DOCS / "how-to").glob("*.md"), *(DOCS / "course").glob("*.md")]
    texts = [README, CONTRIBUTING, *(page.read_text(encoding="utf-8") for page in pages)]
    for arguments in chain.from_iterable(map(commands_in, texts)):
        context = click.Context(cli, info_name="flaskgen")
        command: click.Command | None = cli
        while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
            context = click.Context(command, parent=context)
            command = command.get_command(context, arguments.pop(0))
        assert command, arguments
        command.make_parser(context).parse_args(arguments)


def test_the_python_of_the_documentation_runs(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop", files_of([]))
    before = read_project(project)
    for block in blocks(SCRIPTS, "python"):
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "'shop/mailer.py'" in done.stdout
        assert done.stderr == ""
    assert read_project(project) == before


def test_links_and_paths_in_the_documents_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"):
        text = re.sub(r"^```console\n.*?^```$", "", (ROOT / name).read_text("utf-8"), flags=re.S | re.M)
        targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
        targets += re.findall(
            r"[ `]((?:tests|tools|docs|benchmarks|flaskgen|project_templates)/[\w/.]*\w/?)", text
        )
        named = [target for target in targets if not re.search("NAME|SERIES", target)]
        assert [target for target in named if not (ROOT / target).exists()] == [], name


def test_contributing_explains_every_key_of_a_manifest() -> None:
    section = CONTRIBUTING.partition("## Add an extension")[2].partition("\n2. ")[0]
    explained = set(
        re.findall(r"`\[?(\w+)(?:\.NAME)?\]?`", "".join(re.findall(r"^ +\| (`.*?) \|", section, re.M)))
    )
    assert explained == {*Extension._fields} - {"name", "place"}


def test_contributing_says_what_each_dependency_is_for() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    section = CONTRIBUTING.partition("## What each dependency is for")[2].partition("\n## ")[0]
    required = parser["options"]["install_requires"].split()
    assert set(re.findall(r"^\| ([\w-]+) \| ", section, re.MULTILINE)) - {"package"} == {
        re.split("[<>=]", requirement)[0] for requirement in required
    }
    extras = parser["options.extras_require"]
    for requirement in (*extras["test"].split(), *extras["docs"].split()):
        name = re.split("[<>=]", requirement)[0]
        assert name == "pytest" or f"`{name}`" in section, f"what is {name} for?"


def test_the_changelog_has_this_version() -> None:
    assert re.search(rf"^## \[{re.escape(__version__)}\]", CHANGELOG, re.MULTILINE) or (
        "## [Unreleased]" in CHANGELOG and f"will be {__version__}" in CHANGELOG
    )
