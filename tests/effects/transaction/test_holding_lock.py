"""The lock of a run, and what its programs keep of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction import holding
from flaskgen.effects.transaction.holding import ProjectLock
from flaskgen.errors import CannotWrite
from tests.effects.windows import remove_as_windows_does

KILLED_WHILE_A_PROGRAM_RUNS = '''
import sys
from pathlib import Path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import ProjectLock

session = Session()
assert ProjectLock(Path(sys.argv[1]), session).acquire()
PROGRAM = """
import sys, time
from pathlib import Path
Path(sys.argv[1], "started").touch()
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end and not Path(sys.argv[1], "stop").exists():
    time.sleep(0.05)
Path(sys.argv[1], "ended").touch()
"""

session.run([sys.executable, "-c", PROGRAM, *sys.argv[1:]])
'''

HOLDER = """
import sys, time
from pathlib import Path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import ProjectLock
lock = ProjectLock(Path(sys.argv[1]), Session())
lock.acquire()
print("held", flush=True)
time.sleep(float(sys.argv[2]))
Path(sys.argv[1], "over").touch()
lock.release()
"""


@contextmanager
def running(program: str, directory: Path, *, seconds: float, says: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", program, str(directory), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == f"{says}\n"
        yield run


@contextmanager
def killed_run(directory: Path, *, program_ends_after: float) -> Iterator[None]:
    """Start a run, and kill it alone while its program goes on."""
    command = [sys.executable, "-c", KILLED_WHILE_A_PROGRAM_RUNS, str(directory), str(program_ends_after)]
    with subprocess.Popen(command) as run:
        while not (directory / "started").exists():
            time.sleep(0.01)
        (directory / "started").unlink()
        run.kill()
        assert run.wait() == -signal.SIGKILL
        yield


def test_a_program_that_outlives_a_killed_run_is_waited_for(tmp_path: Path) -> None:
    with killed_run(tmp_path, program_ends_after=1):
        lock = ProjectLock(tmp_path, Session())
        assert lock.acquire()  # which a killed run does not have any more
        lock.wait_for_programs()
        assert (tmp_path / "ended").exists()
        lock.release()
    assert not (tmp_path / ".flaskgen").exists()


def test_a_program_that_does_not_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_PATIENCE_WITH_PROGRAMS", 0.1)
    with killed_run(tmp_path, program_ends_after=60):
        lock = ProjectLock(tmp_path, Session())
        assert lock.acquire()
        with pytest.raises(CannotWrite, match="a program that it started is still writing there"):
            lock.wait_for_programs()
        lock.release()
        (tmp_path / "stop").touch()


def test_without_a_killed_run_nothing_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_PATIENCE_WITH_PROGRAMS", 0)
    lock = ProjectLock(tmp_path, Session())
    assert lock.acquire()
    lock.wait_for_programs()
    lock.release()


def test_one_run_at_a_time_has_it(tmp_path: Path) -> None:
    first, second = ProjectLock(tmp_path, Session()), ProjectLock(tmp_path, Session())
    assert first.acquire()
    assert not second.acquire(wait=False)
    second.release()
    assert (tmp_path / ".flaskgen" / "lock").exists()
    first.release()
    assert second.acquire(wait=False)
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_waits(tmp_path: Path) -> None:
    with running(HOLDER, tmp_path, seconds=1, says="held"):
        lock = ProjectLock(tmp_path, Session())
        assert lock.acquire()
        (tmp_path / "over").unlink()  # which was written before the lock was released
        lock.release()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_holds_it_for_too_long_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "_PATIENCE", 0.1)
    first, second = ProjectLock(tmp_path, Session()), ProjectLock(tmp_path, Session())
    assert first.acquire()
    with pytest.raises(CannotWrite, match="another flaskgen has been using"):
        second.acquire()
    second.release()
    first.release()


IN_TURNS = """
import os, sys, time
from pathlib import Path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import ProjectLock
print("started", flush=True)
place, end = Path(sys.argv[1]), time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    lock = ProjectLock(place, Session())
    lock.acquire()
    os.close(os.open(place / "alone", os.O_CREAT | os.O_EXCL))
    os.unlink(place / "alone")
    lock.release()
"""


def test_runs_that_come_and_go_at_once_have_it_in_turns(tmp_path: Path) -> None:
    with ExitStack() as stack:
        runs = [
            stack.enter_context(running(IN_TURNS, tmp_path, seconds=0.5, says="started")) for _ in range(3)
        ]
        assert [run.wait() for run in runs] == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_it_dies_with_its_holder(tmp_path: Path) -> None:
    with running(HOLDER, tmp_path, seconds=60, says="held") as holder:
        holder.kill()
        holder.wait()
        lock = ProjectLock(tmp_path, Session())
        assert lock.acquire(wait=False)
        lock.release()


def test_a_file_in_its_place_with_a_living_pid_does_not_block(tmp_path: Path) -> None:
    (tmp_path / ".flaskgen").mkdir()
    (tmp_path / ".flaskgen" / "lock").write_text(str(os.getpid()))
    lock = ProjectLock(tmp_path, Session())
    assert lock.acquire(wait=False)
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_a_umask_that_takes_the_users_own_rights_is_refused(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        with pytest.raises(CannotWrite, match="the umask is 777"):
            ProjectLock(tmp_path, Session()).acquire()
    finally:
        os.umask(before)
    assert list(tmp_path.iterdir()) == []


def test_on_windows_which_removes_no_open_file_a_release_leaves_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    remove_as_windows_does(monkeypatch)
    first, second = ProjectLock(tmp_path, Session()), ProjectLock(tmp_path, Session())
    assert first.acquire()
    assert not second.acquire(wait=False)
    second.release()
    first.release()
    assert list(tmp_path.iterdir()) == []
