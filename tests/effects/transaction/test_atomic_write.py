from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from flaskgen.effects.transaction.atomic_write import remove_leftovers, write_together
from flaskgen.errors import CannotWrite


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_new_files_get_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    finally:
        os.umask(previous)
    assert listing(tmp_path) == {"a": b"1", "b": b"2"}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o604)
    write_together({tmp_path / "a": b"new"})
    assert listing(tmp_path) == {"a": b"new"}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o604


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "real"
    target.parent.mkdir()
    target.write_bytes(b"old")
    (tmp_path / "link").symlink_to("elsewhere/real")
    write_together({tmp_path / "link": b"new"})
    assert (tmp_path / "link").is_symlink()
    assert listing(target.parent) == {"real": b"new"}


def test_the_target_of_a_dangling_link_is_made(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    write_together({tmp_path / "link": b"new"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def read_only(path: Path) -> None:
    path.write_bytes(b"old b")
    path.chmod(0o444)


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path)


def link_into_nowhere(path: Path) -> None:
    path.symlink_to(path.parent / "no" / "such")


@pytest.mark.parametrize("make", [read_only, folder, loop, link_into_nowhere])
def test_where_one_file_cannot_be_written_none_is(make: object, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old a")
    make(tmp_path / "b")  # type: ignore[operator]
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(CannotWrite) as raised:
        write_together({tmp_path / "a": b"new", tmp_path / "b": b"new"})
    assert "\n" not in raised.value.message
    assert raised.value.hint
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "a").read_bytes() == b"old a"


def test_a_rename_that_fails_takes_the_earlier_ones_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old a")
    script = f"""
import os
from pathlib import Path
from flaskgen.effects.transaction.atomic_write import remove_leftovers, write_together
from flaskgen.errors import CannotWrite
folder = Path({str(tmp_path)!r})
replace, calls = os.replace, []
def failing(source, target):
    calls.append(target)
    if len(calls) == 3:
        raise OSError(28, "No space left on device", str(target))
    replace(source, target)
os.replace = failing
try:
    write_together({{folder / name: b"new" for name in "abc"}})
except CannotWrite as error:
    print(error.message)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"cannot write {tmp_path / 'c'}: No space left on device\n"
    assert listing(tmp_path) == {"a": b"old a"}


@pytest.mark.parametrize("function", ["fsync", "link", "replace"])
def test_a_signal_waits_until_all_is_done(function: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    script = f"""
import os, signal, sys
from pathlib import Path
from flaskgen.effects.transaction.atomic_write import write_together
def stop(number, frame):
    sys.exit(7)
signal.signal(signal.SIGTERM, stop)
original = os.{function}
def interrupted(*arguments):
    original(*arguments)
    os.kill(os.getpid(), signal.SIGTERM)
os.{function} = interrupted
write_together({{Path({str(tmp_path)!r}) / name: b"new" for name in "ab"}})
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 7
    assert listing(tmp_path) == {"a": b"new", "b": b"new"}


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old a")
    script = f"""
import resource
from pathlib import Path
from flaskgen.effects.transaction.atomic_write import write_together
from flaskgen.errors import CannotWrite
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_together({{Path({str(tmp_path / "a")!r}): b"new", Path({str(tmp_path / "b")!r}): b"x" * 5000}})
except CannotWrite as error:
    print(error.message)
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "File too large" in done.stdout
    assert listing(tmp_path) == {"a": b"old a"}


def test_two_names_of_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(CannotWrite, match="links to one file"):
        write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert listing(tmp_path) == {"a": b"old", "b": b"old"}


@pytest.mark.parametrize("name", ["a", "link"])
def test_what_a_killed_run_left_beside_a_file_is_removed(name: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link").symlink_to(tmp_path / "a")
    target = tmp_path / ("a" if name == "a" else "elsewhere/link")
    script = (
        "import os; from pathlib import Path; from flaskgen.effects.transaction import atomic_write;"
        "atomic_write._rename_all = lambda found: os.kill(os.getpid(), 9);"
        f"atomic_write.write_together({{Path({str(target)!r}): b'new'}})"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(listing(tmp_path)) == 3
    remove_leftovers(target)
    assert listing(tmp_path) == {"a": b"old"}
