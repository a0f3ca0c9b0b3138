"""The memory of found interpreters: it spares the search, and gives way to whatever changed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from flaskgen.effects.python.interpreter_memory import InterpreterMemory
from flaskgen.effects.python.interpreters import find_interpreters
from flaskgen.planning.flask.interpreter import Interpreter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is remembered there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.12").write_text("an interpreter")
    return tmp_path / "bin"


@pytest.fixture
def found(folder: Path) -> tuple[Interpreter, ...]:
    return (Interpreter(folder / "python3.12", "3.12.1", "CPython"),)


@pytest.fixture
def memory(folder: Path, tmp_path: Path, found: tuple[Interpreter, ...]) -> InterpreterMemory:
    memory = _memory(folder, tmp_path)
    memory.remember(found)
    return memory


def _memory(folder: Path, tmp_path: Path) -> InterpreterMemory:
    return InterpreterMemory({"PATH": str(folder), "HOME": str(tmp_path)}, file=tmp_path / "found.json")


def test_what_was_remembered_is_recalled(memory: InterpreterMemory, found: tuple[Interpreter, ...]) -> None:
    assert memory.recall() == found


def test_nothing_is_recalled_before_a_search(folder: Path, tmp_path: Path) -> None:
    assert _memory(folder, tmp_path).recall() is None


def test_an_interpreter_that_is_added_makes_it_forget(memory: InterpreterMemory, folder: Path) -> None:
    os.utime(folder, (1, 1))  # so that the change shows however coarse the file system's clock is
    (folder / "python3.13").write_text("another")
    assert memory.recall() is None


def test_an_interpreter_that_is_replaced_makes_it_forget(memory: InterpreterMemory, folder: Path) -> None:
    os.utime(folder / "python3.12", (1, 1))
    assert memory.recall() is None


def test_an_interpreter_that_is_removed_makes_it_forget(memory: InterpreterMemory, folder: Path) -> None:
    times = folder.stat()
    (folder / "python3.12").unlink()
    os.utime(folder, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert memory.recall() is None


def test_another_path_is_another_search(memory: InterpreterMemory, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert _memory(tmp_path / "other", tmp_path).recall() is None


def test_an_interpreter_that_uv_installs_makes_it_forget(memory: InterpreterMemory, tmp_path: Path) -> None:
    (tmp_path / ".local" / "share" / "uv" / "python").mkdir(parents=True)
    assert memory.recall() is None


def test_it_forgets_after_a_while(memory: InterpreterMemory, tmp_path: Path) -> None:
    os.utime(tmp_path / "found.json", (1, 1))
    assert memory.recall() is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"interpreters": [["one"]]}', '{"interpreters": 1}', "\xff"]
)
def test_a_damaged_memory_is_no_memory(memory: InterpreterMemory, tmp_path: Path, text: str) -> None:
    (tmp_path / "found.json").write_text(text, encoding="latin-1")
    assert memory.recall() is None


def test_a_folder_that_cannot_be_written_does_no_harm(
    folder: Path, tmp_path: Path, found: tuple[Interpreter, ...]
) -> None:
    (tmp_path / "file").write_text("")
    memory = InterpreterMemory({"PATH": str(folder)}, file=tmp_path / "file" / "found.json")
    memory.remember(found)
    assert memory.recall() is None


def test_a_second_search_gives_what_the_first_did() -> None:
    first = find_interpreters()
    assert Path(sys.executable).resolve() in {interpreter.path.resolve() for interpreter in first}
    assert find_interpreters() == first
