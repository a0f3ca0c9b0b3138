"""One run at a time in a project."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.project_lock import hold_project
from flaskgen.errors import CannotWrite, NotAProject

HOLDER = """
import sys, time
from pathlib import Path
from flaskgen.effects.transaction.project_lock import hold_project
from flaskgen.effects.system.session import Session
with hold_project(Path(sys.argv[1]), session=Session()):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".flaskgen").mkdir()
    return tmp_path


def start_holder(project: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(project), str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_run_waits_for_the_first(project: Path):
    holder = start_holder(project, 1.0)
    waited = time.monotonic()
    with hold_project(project, session=Session()):
        assert time.monotonic() - waited > 0.3
    assert holder.wait() == 0
    assert not (project / ".flaskgen").exists()
    holder.stdout.close()  # type: ignore[union-attr]


def test_a_lock_dies_with_its_holder(project: Path):
    holder = start_holder(project, 60.0)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    started = time.monotonic()
    with hold_project(project, session=Session()):
        assert time.monotonic() - started < 1
    holder.stdout.close()  # type: ignore[union-attr]


def test_an_unfinished_project_is_refused(project: Path):
    (project / ".flaskgen" / "incomplete").touch()
    with (
        pytest.raises(NotAProject, match="is not finished"),
        hold_project(project, session=Session()),
    ):
        pass
    assert not (project / ".flaskgen" / "lock").exists()


def test_a_project_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / ".flaskgen").write_text("a file")
    held = hold_project(tmp_path, session=Session())
    with pytest.raises(CannotWrite, match="cannot write"), held:
        pass
