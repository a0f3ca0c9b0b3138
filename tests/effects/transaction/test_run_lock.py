"""The lock of a run, and what its programs keep of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction import run_lock
from flaskgen.effects.transaction.run_lock import RunLock
from flaskgen.errors import CannotWrite

KILLED_WHILE_A_PROGRAM_RUNS = '''
import sys
from pathlib import Path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.run_lock import RunLock
from flaskgen.reporting import SilentReporter

session = Session()
assert RunLock(Path(sys.argv[1]), session).acquire()
PROGRAM = """
import sys, time
from pathlib import Path
print("started", flush=True)
time.sleep(float(sys.argv[2]))
Path(sys.argv[1], "ended").touch()
"""

class Loud(SilentReporter):
    def output(self, line):
        print(line, flush=True)

session.reporter = Loud()
session.run([sys.executable, "-c", PROGRAM, *sys.argv[1:]])
'''


@contextmanager
def killed_run(folder: Path, *, program_ends_after: float) -> Iterator[None]:
    """Start a run, and kill it alone while its program goes on."""
    command = [sys.executable, "-c", KILLED_WHILE_A_PROGRAM_RUNS, folder, str(program_ends_after)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "started\n"
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
        yield


def test_a_program_that_outlives_a_killed_run_is_waited_for(tmp_path: Path):
    with killed_run(tmp_path, program_ends_after=1):
        lock = RunLock(tmp_path, Session())
        assert lock.acquire()  # which a killed run does not have any more
        lock.wait_for_programs()
        assert (tmp_path / "ended").exists()
        lock.release()
    assert not (tmp_path / ".flaskgen").exists()


def test_a_program_that_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_lock, "_PATIENCE", 0.1)
    with killed_run(tmp_path, program_ends_after=3):
        lock = RunLock(tmp_path, Session())
        assert lock.acquire()
        with pytest.raises(CannotWrite, match="a program that it had started still writes there"):
            lock.wait_for_programs()
        lock.release()


def test_without_a_killed_run_nothing_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_lock, "_PATIENCE", 0)
    lock = RunLock(tmp_path, Session())
    assert lock.acquire()
    lock.wait_for_programs()
    lock.release()


def test_one_run_at_a_time_has_it(tmp_path: Path):
    first, second = RunLock(tmp_path, Session()), RunLock(tmp_path, Session())
    assert first.acquire()
    assert not second.acquire()
    second.release()
    assert (tmp_path / ".flaskgen" / "lock").exists()
    first.release()
    assert second.acquire()
    second.release()
    assert list(tmp_path.iterdir()) == []
