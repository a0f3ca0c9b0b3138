from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from flaskgen.effects.python.interpreters import (
    find_interpreters,
    inspect_interpreter,
    interpreter_environment,
)
from flaskgen.errors import InterpreterNotFound


def test_the_running_interpreter_is_described_by_the_one_below_its_environment() -> None:
    found = inspect_interpreter(Path(sys.executable))
    assert found.version == platform.python_version()
    assert found.implementation == platform.python_implementation()
    assert os.path.samefile(found.path, sys._base_executable)  # type: ignore[attr-defined]


def test_a_relative_path_is_of_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-python").symlink_to(sys._base_executable)  # type: ignore[attr-defined]
    monkeypatch.chdir(tmp_path)
    assert inspect_interpreter(Path("my-python")).version == platform.python_version()


@pytest.mark.parametrize("name", ["missing", "file", "folder", "script", "dangling"])
def test_what_is_no_interpreter_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "script").write_text("#!/bin/sh\necho 'Python 3.13.0'\nexit 1\n")
    (tmp_path / "script").chmod(0o755)
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(InterpreterNotFound) as raised:
        inspect_interpreter(tmp_path / name)
    assert str(tmp_path / name) in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint


def test_each_interpreter_is_found_once_by_an_absolute_path() -> None:
    found = find_interpreters()
    assert found
    assert all(interpreter.path.is_absolute() for interpreter in found)
    assert len({interpreter.path for interpreter in found}) == len(found)


@pytest.mark.parametrize("name", ["PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX"])
def test_misleading_settings_hide_no_interpreter(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = set(find_interpreters())
    monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert name not in interpreter_environment()
    assert set(find_interpreters()) == before


def test_a_shim_of_pyenv_is_not_taken_for_an_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "pyenv" / "shims" / "python3.13"
    shim.parent.mkdir(parents=True)
    shim.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    assert all("shims" not in interpreter.path.parts for interpreter in find_interpreters())
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("cache", ["/dev/null/x", "{home}/file"])
def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(
    cache: str, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", cache.format(home=home))
    monkeypatch.setenv("PYENV_ROOT", str(home))  # one interpreter is enough
    assert find_interpreters()
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""
