from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.effects.python.environments import create_environment
from flaskgen.effects.python.interpreters import inspect_interpreter
from flaskgen.errors import CannotWrite, EnvironmentBroken, FlaskgenError
from flaskgen.planning.flask.interpreter import Interpreter


@pytest.fixture
def interpreter() -> Interpreter:
    return inspect_interpreter(Path(sys.executable))


def test_an_environment_has_an_interpreter_and_no_packages(tmp_path: Path, interpreter: Interpreter) -> None:
    environment = create_environment(tmp_path / "env", interpreter, prompt="shop")
    told = subprocess.run(
        [environment.python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True
    )
    assert told.stdout.strip() == str(tmp_path / "env")
    assert environment.site_packages.is_dir()
    assert list(environment.site_packages.glob("*.dist-info")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIRTUALENV_SYSTEM_SITE_PACKAGES", "1"),
        ("VIRTUALENV_ACTIVATORS", "fish"),
        ("VIRTUALENV_PROMPT", "trap"),
        ("VIRTUALENV_CREATOR", "nonsense"),
        ("VIRTUALENV_CONFIG_FILE", "/nowhere"),
        ("PYTHONHOME", "/nowhere"),
        ("VIRTUAL_ENV", "/nowhere"),
    ],
)
def test_settings_of_the_surroundings_change_nothing(
    tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    environment = create_environment(tmp_path / "env", interpreter, prompt="shop")
    config = (tmp_path / "env" / "pyvenv.cfg").read_text()
    assert "include-system-site-packages = false" in config
    assert "trap" not in (environment.scripts / "activate").read_text()


def test_an_environment_keeps_what_is_in_its_folder_before(tmp_path: Path, interpreter: Interpreter) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / ".project").write_text("/projects/shop\n")
    create_environment(tmp_path / "env", interpreter, prompt="shop")
    assert (tmp_path / "env" / ".project").read_text() == "/projects/shop\n"


def test_an_interpreter_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = Interpreter(tmp_path / "python", "3.13.0")
    with pytest.raises(EnvironmentBroken, match=str(tmp_path / "python")) as raised:
        create_environment(tmp_path / "env", gone, prompt="shop")
    assert raised.value.hint


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, interpreter: Interpreter) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FlaskgenError) as raised:
        create_environment(tmp_path / "file" / "env", interpreter, prompt="shop")
    assert isinstance(raised.value, (CannotWrite, EnvironmentBroken))
    assert "\n" not in raised.value.message
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_is_told_without_the_traceback_of_virtualenv(
    tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_environment(tmp_path / "first", interpreter, prompt="shop")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # or it would be cut off
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(CannotWrite) as raised:
            create_environment(tmp_path / "second", interpreter, prompt="shop")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert raised.value.message == f"cannot make the environment in `{tmp_path / 'second'}`: File too large"
