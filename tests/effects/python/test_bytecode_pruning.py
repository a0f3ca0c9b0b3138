"""What the bytecode cache drops: what was not used for long."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flaskgen.effects.python.bytecode import BytecodeCache, prune
from tests.effects.greeter import greeter_environment, greeting, keep, own_interpreter

DAY = 24 * 60 * 60


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with entries of 1,000 bytes for two Pythons, named by the days since their last use."""
    for python, days in (("3.12", 100), ("3.12", 31), ("3.13", 20), ("3.13", 1)):
        entry = tmp_path / python / f"used-{days}"
        (entry / "__pycache__").mkdir(parents=True)
        (entry / "__pycache__" / "a.pyc").write_bytes(b"x" * 1000)
        then = time.time() - days * DAY
        os.utime(entry, (then, then))
    return tmp_path


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob("*/*"))


def test_what_was_not_used_for_a_month_goes(cache: Path) -> None:
    prune(cache)
    assert entries(cache) == ["used-1", "used-20"]


def test_using_an_entry_makes_it_young_and_keeping_prunes(tmp_path: Path) -> None:
    cache = BytecodeCache(own_interpreter().minor, root=tmp_path / "cache")
    warm = greeter_environment(tmp_path / "warm")
    assert greeting(warm) == "hello"
    keep(cache, warm)
    [entry] = (tmp_path / "cache").glob("*/*")
    other = entry.with_name("other")
    other.mkdir()
    for folder in (entry, other):
        os.utime(folder, (0, 0))
    cache.restore(greeter_environment(tmp_path / "second", like=warm))
    keep(cache, warm)
    assert [path.name for path in (tmp_path / "cache").glob("*/*")] == [entry.name]


def test_a_cache_that_is_not_there_is_nothing_to_prune(tmp_path: Path) -> None:
    prune(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


_LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
from flaskgen.effects.python import bytecode
bytecode._replace(sys.argv[1], sys.argv[2])
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
