"""Temporary directories are removed at once, or by the next run where a kill left them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.effects.system import scratch as scratch_module
from flaskgen.effects.system.scratch import _temporary, remove_abandoned, scratch_folder
from flaskgen.errors import CannotWrite
from tests.effects.system.interrupted import hangs_and_failures
from tests.effects.windows import remove_as_windows_does

HOLD = (
    "import sys, time; from flaskgen.effects.system.scratch import scratch_folder\n"
    "with scratch_folder() as folder:\n"
    "    (folder / 'file').write_text('x'); print(folder, flush=True); time.sleep(60)\n"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    remove_abandoned.cache_clear()
    _temporary.cache_clear()
    yield tmp_path
    _temporary.cache_clear()


def hold_elsewhere() -> tuple[subprocess.Popen[str], Path]:
    run = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    return run, Path(run.stdout.readline().strip())


def test_it_is_private_and_goes_with_its_end(temporary: Path):
    with scratch_folder() as folder:
        assert folder.parent.stat().st_mode & 0o777 == 0o700
        assert list(folder.iterdir()) == []
        (folder / "file").write_text("x")
    assert list(temporary.iterdir()) == []


def test_a_directory_that_takes_no_files_is_an_error_with_a_hint(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
):
    """As that of another file system can be, which calls itself writable."""
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "gone"))
    (temporary / "gone").mkdir()
    assert _temporary() == temporary / "gone"
    (temporary / "gone").rmdir()
    with pytest.raises(CannotWrite, match="cannot create a temporary directory: No such"), scratch_folder():
        pass


def test_on_windows_it_goes_as_well_although_its_lock_is_open(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
):
    remove_as_windows_does(monkeypatch)
    with scratch_folder() as folder:
        (folder / "file").write_text("x")
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_uses_is_not(temporary: Path):
    (temporary / "flaskgen-log.log").write_text("of another kind")
    (temporary / "another").mkdir()
    (temporary / "flaskgen-scratch-of-mine").mkdir()
    (temporary / "flaskgen-scratch-of-mine" / "thesis").write_text("mine")
    (temporary / "flaskgen-scratch-killed-early").mkdir()
    killed, left = hold_elsewhere()
    living, used = hold_elsewhere()
    try:
        killed.kill()
        killed.communicate()
        assert (left / "file").exists()
        with scratch_folder():
            assert not left.exists()
            assert (used / "file").read_text() == "x"
    finally:
        living.kill()
        living.communicate()
    assert {path.name for path in temporary.iterdir()} == {
        "flaskgen-log.log",
        "another",
        "flaskgen-scratch-of-mine",
        used.parent.name,
    }


@pytest.mark.parametrize("part", ["lock", "files"])
def test_one_that_cannot_be_filled_is_removed_and_told(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, part: str
):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    if part == "files":
        monkeypatch.setattr(Path, "mkdir", refuse)
    else:
        monkeypatch.setattr(scratch_module, "try_lock", refuse)
    scratch = scratch_folder()
    with pytest.raises(OSError, match="Disk quota exceeded"):
        scratch.__enter__()
    assert list(temporary.iterdir()) == []


def test_the_folder_is_found_without_writing_into_it(temporary: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    with scratch_folder() as folder:
        assert folder.parent.parent == temporary
    assert tempfile.tempdir is None


def test_a_named_folder_that_is_none_is_passed_over(temporary: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(temporary / "none"))
    monkeypatch.setenv("TEMP", str(temporary))
    with scratch_folder() as folder:
        assert folder.parent.parent == temporary


def test_one_that_another_run_removed_before_it_was_held_is_made_anew_and_private(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
):
    made = tempfile.mkdtemp

    def lose_the_first(**options: str) -> str:
        monkeypatch.setattr(tempfile, "mkdtemp", made)
        folder = made(**options)
        os.rmdir(folder)
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", lose_the_first)
    with scratch_folder() as folder:
        assert folder.parent.stat().st_mode & 0o777 == 0o700
        assert [folder.parent] == list(temporary.iterdir())
    assert list(temporary.iterdir()) == []


def test_a_signal_at_any_moment_leaves_nothing(temporary: Path):
    work = (
        "from flaskgen.effects.system.scratch import scratch_folder\n"
        "def work():\n"
        "    with scratch_folder() as folder:\n"
        "        (folder / 'file').write_text('x')\n"
    )
    assert hangs_and_failures(work) == []
    assert list(temporary.iterdir()) == []
