"""Where the caches are: in the user's directory, or nowhere, but never in the working directory."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

import pytest

from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.project.locating import workon_environment
from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.user_directories import cache_folder, user_directory, uvs_cache_is_closed
from flaskgen.errors import InvalidDestination


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of a user whom the system does not know, as some containers have them."""

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "WORKON_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_they_are_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("bytecode") == tmp_path / "flaskgen" / "bytecode"


@pytest.mark.parametrize("local", [None, "", "data"])
def test_on_windows_without_a_place_there_is_none_either(
    local: str | None, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    if local is not None:
        monkeypatch.setenv("LOCALAPPDATA", local)
    assert user_directory("CONFIG") is None
    monkeypatch.setenv("LOCALAPPDATA", str(homeless))
    assert user_directory("CONFIG") == homeless / "flaskgen"
    assert cache_folder("bytecode") == homeless / "flaskgen" / "Cache" / "bytecode"


@pytest.mark.parametrize("configured", [None, "", "~", "~/cache", "cache"])
def test_without_a_place_there_is_none_and_nothing_is_written(
    configured: str | None, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if configured is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", configured)
    with pytest.raises(OSError, match="Not a directory"):
        cache_folder("virtualenv").mkdir(parents=True)
    assert list(homeless.iterdir()) == []


@pytest.mark.parametrize(("right", "user"), [(os.X_OK, 1000), (os.W_OK, 1000), (os.W_OK, 0)])
def test_the_home_of_another_user_or_of_a_read_only_disk_is_none(
    right: int, user: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With HOME of root a user cannot enter it, and with HOME=/ not write there."""
    home = tmp_path / "root"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "UV_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode & right and Path(path) == home))
    with pytest.raises(OSError, match="Not a directory"):
        cache_folder("virtualenv").mkdir(parents=True)
    assert uvs_cache_is_closed()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    assert not uvs_cache_is_closed()
    can_enter = right == os.W_OK
    assert (user_directory("CONFIG") is not None) == can_enter
    assert ("HOME" in child_environment()) == can_enter


def test_without_a_home_no_settings_are_read_from_a_folder_of_that_name(homeless: Path) -> None:
    before = configured_sources()
    (homeless / "~" / ".config" / "pip").mkdir(parents=True)
    (homeless / "~" / ".config" / "pip" / "pip.conf").write_text("[global]\nindex-url = http://trap\n")
    assert configured_sources() == before


@pytest.mark.parametrize("configured", ["", "~", "~/envs", "~nobody-of-that-name"])
def test_without_a_home_there_are_no_shared_environments(
    configured: str, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKON_HOME", configured)
    with pytest.raises(InvalidDestination, match="there is no such home") as raised:
        workon_environment("shop")
    assert "WORKON_HOME" in str(raised.value.hint)
    assert list(homeless.iterdir()) == []
