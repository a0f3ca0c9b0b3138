"""Temporary folders are removed at once, or by the next run where a kill left them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from flaskgen.effects.scratch import _remove_abandoned, scratch_folder

HOLD = (
    "import sys, time; from flaskgen.effects.scratch import scratch_folder\n"
    "with scratch_folder() as folder:\n"
    "    (folder / 'file').write_text('x'); print(folder, flush=True); time.sleep(60)\n"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _remove_abandoned.cache_clear()
    return tmp_path


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
