"""What the code promises about itself: layers, start-up, dependencies, and that all of it is used."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
SOURCES = sorted(ROOT.glob("flaskgen/**/*.py"))
# Runs in the environment that it tests, with the packages of that.
ELSEWHERE = {*(ROOT / "tests/e2e/exercised").glob("*.py"), ROOT / "tests/subsets/page_recorder.py"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def declared(section: str, key: str) -> set[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = parser[section][key].split("\n")
    return {canonicalize_name(Requirement(line).name) for line in lines if line}


def imported(paths: Iterable[Path]) -> set[str]:
    """Return the distributions that the files import, without the standard library and flaskgen."""
    owners = packages_distributions()
    modules = {name for path in paths for name in imported_modules(parsed(path))}
    ours = {"flaskgen", "tests", "__main__"}
    ours |= {
        path.stem for folder in ("tests", "tools", "benchmarks") for path in (ROOT / folder).rglob("*.py")
    }
    foreign = modules - sys.stdlib_module_names - ours
    return {canonicalize_name(owners[name][0] if name in owners else name) for name in foreign}


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that running the code imports; those of types alone come with what is declared."""
    for_types = [part for node in ast.walk(tree) if is_for_types(node) for part in ast.walk(node)]
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_imports_keep_their_contracts() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    assert imported(SOURCES) == declared("options", "install_requires")


@pytest.mark.e2e
def test_what_tests_and_tools_import_is_declared() -> None:
    scripts = {path for folder in ("tests", "tools") for path in (ROOT / folder).rglob("*.py")} - ELSEWHERE
    allowed = declared("options", "install_requires") | declared("options.extras_require", "test")
    assert imported(scripts) - allowed == set()


def test_the_oldest_and_the_newest_uv_that_are_allowed_are_those_that_are_tested() -> None:
    required, tox = configparser.ConfigParser(), configparser.ConfigParser()
    required.read(ROOT / "setup.cfg", encoding="utf-8")
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    lines = required["options"]["install_requires"].split("\n")
    [bounds] = [Requirement(line).specifier for line in lines if line.startswith("uv")]
    major, minor, *_ = Version(version("uv")).release
    assert f"<{major}.{minor + 1}" in str(bounds)
    oldest = Requirement(tox["testenv:oldest-uv"]["deps"]).specifier
    assert Version(str(oldest).removeprefix("==")) == min(
        Version(one.version) for one in bounds if one.operator == ">="
    )


SHOW_IMPORTS = """
import sys
from flaskgen.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules)
"""
HEAVY = {"jinja2", "questionary", "packaging", "prompt_toolkit", "uv", "asyncio", "tomllib"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["new", "--help"], ["extensions", "--help"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    command = [sys.executable, "-c", SHOW_IMPORTS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_every_module_says_what_it_owns() -> None:
    silent = [path for path in SOURCES if not ast.get_docstring(parsed(path))]
    assert silent == []


def defined_names(path: Path) -> Iterator[str]:
    """Yield the functions, classes and methods of a file; not those that a base class calls for."""
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not is_subcommand(node):
            yield node.name
        if isinstance(node, ast.ClassDef) and not node.bases:
            yield from (part.name for part in node.body if isinstance(part, ast.FunctionDef))


def is_subcommand(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Return whether a decorator registers a function with its group."""
    calls = (one.func for one in node.decorator_list if isinstance(one, ast.Call))
    return any(
        ast.unparse(call).endswith(".command") and ast.unparse(call) != "click.command" for call in calls
    )


def used_names(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value  # a forward reference


def test_nothing_is_defined_that_nothing_uses() -> None:
    users = [path for folder in ("flaskgen", "tools", "tests") for path in (ROOT / folder).rglob("*.py")]
    used = {name for path in users for name in used_names(path)}
    used |= set(re.findall(r":(\w+)$", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE))
    for template in (ROOT / "project_templates" / "resource").rglob("*.jinja"):
        used |= set(re.findall(r"\.(\w+)", template.read_text(encoding="utf-8")))
    unused = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for name in defined_names(path)
        if name not in used and not name.startswith("__")
    ]
    assert unused == []


EDITORCONFIG = """\
root = true

[*]
charset = utf-8
end_of_line = lf
insert_final_newline = true
trim_trailing_whitespace = true
indent_style = space
"""


def test_every_text_file_is_as_the_editorconfig_says() -> None:
    assert (ROOT / ".editorconfig").read_text(encoding="utf-8").startswith(EDITORCONFIG)
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in text_files()
        for number, line in enumerate(path.read_bytes().decode("utf-8").splitlines(keepends=True), start=1)
        if not re.fullmatch(r"(?!\t)(.*\S)?\n", line)
    ]
    assert wrong == []


def text_files() -> Iterator[Path]:
    """Return the files of the repository that git does not take for binary."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--eol", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for entry in filter(None, listed.split("\0")):
        about, _, name = entry.partition("\t")
        if "i/-text" not in about and (ROOT / name).is_file():
            yield ROOT / name
