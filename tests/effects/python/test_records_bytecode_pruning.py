"""What the bytecode cache drops: what was not used for long."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flaskgen.effects.python.records import keep_bytecode, restore_bytecode
from tests.effects.greeter import greeter_environment, greeting

DAY = 24 * 60 * 60


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with entries of 1,000 bytes for two Pythons, named by the days since their last use."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache = tmp_path / "cache" / "flaskgen" / "bytecode"
    for python, days in (("3.12", 100), ("3.12", 31), ("3.13", 20), ("3.13", 1)):
        entry = cache / python / f"used-{days}"
        (entry / "__pycache__").mkdir(parents=True)
        (entry / "__pycache__" / "a.pyc").write_bytes(b"x" * 1000)
        then = time.time() - days * DAY
        os.utime(entry, (then, then))
    return cache


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob("*/*"))


def test_what_was_not_used_for_a_month_goes(cache: Path, tmp_path: Path) -> None:
    keep_bytecode(greeter_environment(tmp_path / "new"), since=0)
    assert entries(cache) == ["used-1", "used-20"]


def test_using_an_entry_makes_it_young_and_keeping_prunes(cache: Path, tmp_path: Path) -> None:
    shutil.rmtree(cache)
    warm = greeter_environment(tmp_path / "warm")
    assert greeting(warm) == "hello"
    keep_bytecode(warm, since=0)
    [entry] = cache.glob("*/*")
    other = entry.with_name("other")
    other.mkdir()
    for folder in (entry, other):
        os.utime(folder, (0, 0))
    restore_bytecode(greeter_environment(tmp_path / "second", like=warm))
    keep_bytecode(warm, since=0)
    assert entries(cache) == [entry.name]


_LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
from flaskgen.effects.python import records
records._share(sys.argv[1], sys.argv[2])
"""


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second file system")
def test_a_copy_that_cannot_grow_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "source.pyc").write_bytes(b"x" * 1000)
    target = Path("/dev/shm", f"flaskgen-test-{os.getpid()}", "target.pyc")
    try:
        command = [sys.executable, "-B", "-c", _LIMITED, str(tmp_path / "source.pyc"), str(target)]
        subprocess.run(command, check=True, timeout=60)
        assert list(target.parent.iterdir()) == []
    finally:
        target.parent.rmdir()
