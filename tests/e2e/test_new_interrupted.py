"""Signals and kills at moments all through a real run of `flaskgen new`."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.runs import listing, start, stop, wait_for, wait_until_none_with_home
from tests.mounts import may_mount, mounted

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]
ARGUMENTS = ("new", "shop", "--preset", "web", "--git", "--yes")
MOMENTS = 6
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(scope="module")
def usual_seconds() -> list[float]:
    """How long a run takes with warm caches; measured by the first test that needs it."""
    return []


@pytest.fixture
def seconds(usual_seconds: list[float], tmp_path: Path) -> float:
    if not usual_seconds:
        for name in ("cold", "warm"):
            (tmp_path / name).mkdir()
            begun = time.monotonic()
            run = start(*ARGUMENTS, cwd=tmp_path / name)
            assert run.wait(120) == 0
            run.communicate()
        usual_seconds.append(time.monotonic() - begun)
    return usual_seconds[0]


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_signal_at_any_moment_leaves_nothing(
    moment: int, seconds: float, tmp_path: Path, home: Path
) -> None:
    here = tmp_path / "here"
    (here / "canary").mkdir(parents=True)
    before = listing(here)
    number = SIGNALS[moment % len(SIGNALS)]
    run = start(*ARGUMENTS, cwd=here)
    time.sleep(max(0.1, seconds * (moment + 0.5) / MOMENTS))
    begun = (here / "shop").exists()
    code, stderr = stop(run, number)
    assert wait_until_none_with_home(home) == []
    if code == 0:  # it was faster than usual, and had finished
        assert (here / "shop" / ".flaskgen" / "project.toml").exists()
        return
    assert listing(here) == before
    assert "Traceback" not in stderr
    if code == -number:  # it had not got beyond its imports; a shell shows the same code
        assert stderr == ""
        return
    assert code == 128 + number, stderr
    assert f"error: stopped by {number.name}" in stderr
    assert "note: " in stderr or not begun


def test_signals_one_after_the_other_leave_nothing(tmp_path: Path, home: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    run = start(*ARGUMENTS, cwd=here)
    wait_for(here / "shop" / ".venv", run)
    for _ in range(5):
        run.send_signal(signal.SIGINT)
        time.sleep(0.01)
    code, stderr = stop(run, signal.SIGTERM)
    assert code == 130, stderr
    assert listing(here) == {}
    assert wait_until_none_with_home(home) == []


def test_after_a_kill_in_an_existing_directory_the_users_files_stay(tmp_path: Path, flaskgen: Run) -> None:
    project = tmp_path / "shop"
    (project / ".git").mkdir(parents=True)
    theirs = {"README.md": b"mine", "LICENSE": b"mine", ".git/HEAD": b"ref: refs/heads/trunk\n"}
    for name, content in theirs.items():
        (project / name).write_bytes(content)
    arguments = [argument for argument in ARGUMENTS if argument != "--git"]
    run = start(*arguments, cwd=tmp_path)
    wait_for(project / ".venv", run)
    code, _ = stop(run, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert flaskgen(*arguments).returncode == 0
    assert {name: (project / name).read_bytes() for name in theirs} == theirs


def test_what_cannot_be_removed_is_named_until_it_can_and_cleared_then(tmp_path: Path, flaskgen: Run) -> None:
    in_the_way = tmp_path / "shop" / ".venv" / "bin"
    if not may_mount(tmp_path):
        pytest.skip("may not mount here")
    run = start(*ARGUMENTS, cwd=tmp_path)
    wait_for(in_the_way, run)
    with mounted(in_the_way, "size=64k"):
        code, stderr = stop(run, signal.SIGTERM)
        assert code == 128 + signal.SIGTERM, stderr
        problem = f"cannot remove `{in_the_way}`: Device or resource busy"
        assert f"note: {problem}; the next flaskgen command here tries again\n" in stderr
        assert f"note: `{tmp_path / 'shop'}` is incomplete: run the command again\n" in stderr
        again = flaskgen(*ARGUMENTS)
        assert again.returncode == 1
        reason = "`flaskgen new shop` was interrupted here, and cannot be rolled back"
        assert f"error: {reason}: {problem}\n" in again.stderr
    again = flaskgen(*ARGUMENTS)
    assert again.returncode == 0, again.stderr


def test_a_run_that_was_stopped_and_continued_succeeds(tmp_path: Path) -> None:
    run = start(*ARGUMENTS, cwd=tmp_path)
    wait_for(tmp_path / "shop" / ".venv", run)
    run.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    run.send_signal(signal.SIGCONT)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 0, stderr
