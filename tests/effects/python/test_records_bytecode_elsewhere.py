"""The bytecode cache where it cannot be written, or lies on another file system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flaskgen.effects.python.records import keep_bytecode, restore_bytecode
from tests.effects.greeter import (
    compiled_file,
    greeter_environment,
    greeting,
    site,
    takes_compiled_file,
)

_SHARED_MEMORY = Path("/dev/shm")


@pytest.mark.parametrize("obstacle", ["file", "read-only"])
def test_a_cache_that_cannot_be_written_does_no_harm(
    tmp_path: Path, obstacle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "cache" / "flaskgen"
    root.parent.mkdir()
    if obstacle == "file":
        root.write_text("")
    elif os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    else:
        root.mkdir(mode=0o500)
    monkeypatch.setenv("XDG_CACHE_HOME", str(root.parent))
    environment = greeter_environment(tmp_path / "warm")
    assert greeting(environment) == "hello"
    keep_bytecode(environment, since=0)
    restore_bytecode(environment)
    assert greeting(environment) == "hello"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A directory on another file system than ``tmp_path``."""
    if not _SHARED_MEMORY.is_dir() or _SHARED_MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    with TemporaryDirectory(dir=_SHARED_MEMORY) as name:
        yield Path(name)


def test_on_another_file_system_files_are_copied(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(elsewhere))
    warm = greeter_environment(tmp_path / "warm")
    assert greeting(warm) == "hello"
    keep_bytecode(warm, since=0)
    second = greeter_environment(tmp_path / "second", like=warm)
    restore_bytecode(second)
    assert compiled_file(second).read_bytes() == compiled_file(warm).read_bytes()
    assert compiled_file(second).stat().st_dev != next(elsewhere.rglob("*.pyc")).stat().st_dev
    assert takes_compiled_file(second)
    assert not list(site(second).rglob("*.pyc.*"))
