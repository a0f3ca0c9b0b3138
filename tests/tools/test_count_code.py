from __future__ import annotations

import importlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).parents[2] / "tools"

MODULE = """
import re
import threading

WORD = re.compile("[a-z]+")

class Greeter:
    def greet(self):
        return "".join(letter for letter in self.name())

    def name(self):
        def shout(text):
            return re.sub("a", "A", text)
        return shout("ada")

def greet_elsewhere():
    thread = threading.Thread(target=Greeter().greet)
    thread.start()
    thread.join()

def never():
    return re.escape("a.b")
"""


@pytest.fixture(scope="module")
def tool(import_tool: Callable[[str], ModuleType]) -> ModuleType:
    return import_tool("count_code")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "greeting"
    directory.mkdir()
    (directory / "__init__.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "greeting", raising=False)
    return directory


def test_functions_are_entered_in_threads_and_inside_others_but_not_by_being_defined(
    tool: ModuleType, package: Path
) -> None:
    entered = tool.entered_functions(lambda: importlib.import_module("greeting").greet_elsewhere(), package)
    assert sorted(each.name for each in entered if not each.anonymous) == [
        "Greeter.greet",
        "Greeter.name",
        "Greeter.name.<locals>.shout",
        "greet_elsewhere",
    ]
    assert [each.name for each in entered if each.anonymous] == ["Greeter.greet.<locals>.<genexpr>"]


def test_a_run_that_raises_stops_the_counting(tool: ModuleType, package: Path) -> None:
    before = sys.getprofile(), threading.getprofile()
    with pytest.raises(ZeroDivisionError):
        tool.entered_functions(lambda: 1 / 0, package)
    assert (sys.getprofile(), threading.getprofile()) == before


def test_patterns_count_where_they_are_compiled_or_used(tool: ModuleType, package: Path) -> None:
    assert tool.count_regular_expressions(package) == 2


def test_a_command_is_followed_from_the_command_line_to_the_disk(tmp_path: Path) -> None:
    command = ["new", "shop", "--no-install", "--no-git", "--yes", "--quiet"]
    ran = subprocess.run(
        [sys.executable, TOOLS / "count_code.py", "--list", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    *listed, summary = ran.stdout.splitlines()
    assert (tmp_path / "shop" / "pyproject.toml").exists()
    assert any(line.startswith("flaskgen/__main__.py:") for line in listed)
    assert any(line.startswith("flaskgen/effects/") for line in listed)
    files = {line.partition(":")[0] for line in listed}
    assert summary.startswith(f"{len(files)} files and {len(listed)} functions entered, ")
