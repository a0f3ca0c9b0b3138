from __future__ import annotations

import os
from pathlib import Path

import pytest

from flaskgen.effects.project.locating import point_to_project, workon_environment
from flaskgen.errors import FlaskgenError, InvalidDestination, ProjectExists


@pytest.fixture
def envs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "envs"
    folder.mkdir()
    monkeypatch.setenv("WORKON_HOME", str(folder))
    return folder


def test_the_folder_is_workon_home(envs: Path) -> None:
    assert workon_environment("shop") == envs / "shop"


@pytest.mark.parametrize("value", [None, ""])
def test_without_workon_home_it_is_dot_virtualenvs(
    value: str | None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv("WORKON_HOME", value)
    assert workon_environment("shop") == home / ".virtualenvs" / "shop"
    assert not (home / ".virtualenvs").exists()


@pytest.mark.parametrize("value", ["~/envs", "$HOME/envs", "${HOME}/envs"])
def test_workon_home_is_expanded_as_a_shell_would(
    value: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKON_HOME", value)
    assert workon_environment("shop") == home / "envs" / "shop"


def refusal() -> FlaskgenError:
    with pytest.raises(FlaskgenError) as raised:
        workon_environment("my-shop")
    assert raised.value.hint
    return raised.value


def test_a_relative_workon_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKON_HOME", "envs")
    assert isinstance(refusal(), InvalidDestination)


@pytest.mark.parametrize("below", ["", "/below"])
def test_a_workon_home_that_is_a_file_is_refused(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKON_HOME", f"{tmp_path}/file{below}")
    assert isinstance(refusal(), InvalidDestination)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_workon_home_is_refused(envs: Path) -> None:
    envs.chmod(0o500)
    assert "which is not writable" in refusal().message


@pytest.mark.parametrize("taken", ["my-shop", "My-Shop", "my_shop"])
def test_a_name_that_is_taken_is_refused_also_in_another_spelling(envs: Path, taken: str) -> None:
    (envs / taken).mkdir()
    assert workon_environment("my-shop") == envs / "my-shop"
    (envs / taken / "pyvenv.cfg").touch()
    error = refusal()
    assert isinstance(error, ProjectExists)
    assert f"`{taken}`" in error.message
    assert error.hint is not None
    assert f"rmvirtualenv {taken}" in error.hint


def test_the_pointer_is_what_virtualenvwrapper_reads(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    point_to_project(tmp_path / "envs" / "shop", project)
    assert (tmp_path / "envs" / "shop" / ".project").read_text() == f"{project}\n"


def test_an_environment_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FlaskgenError, match="cannot write to"):
        point_to_project(tmp_path / "file" / "shop", tmp_path / "shop")
