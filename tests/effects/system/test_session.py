"""Running other programs: what they see, what is told of them, and how they end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.system.session import Session
from flaskgen.errors import CommandFailed, FlaskgenError, Interrupted, TimeLimitReached
from tests.effects.processes import PATIENCE, is_alive, wait_until
from tests.effects.recorder import Recorder
from tests.effects.system.interrupted import hangs_and_failures

PYTHON = sys.executable
# A child that starts a child of its own, tells both numbers, and waits.
FAMILY = textwrap.dedent("""
    import os, subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(60)
""")


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "while True: print('still here')",
        "import os, time; os.close(1); os.close(2); time.sleep(60)",
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
    ],
    ids=["silent", "talking", "closed", "child"],
)
def test_at_its_time_limit_a_program_is_ended_with_its_children(code: str) -> None:
    started = time.monotonic()
    with pytest.raises(TimeLimitReached, match=r"^python\S* did not end within 0\.5 s$"):
        Session().run([PYTHON, "-u", "-c", code], time_limit=0.5)
    assert time.monotonic() - started < PATIENCE


def test_a_program_that_ends_in_time_is_as_without_a_limit() -> None:
    assert Session().run([PYTHON, "-c", "print('done')"], time_limit=60).stdout == "done\n"


def test_output_of_both_kinds_is_kept_apart_and_whole() -> None:
    code = "import sys; print('x' * 200000); print('y' * 200000, file=sys.stderr); sys.exit(3)"
    completed = Session().run([PYTHON, "-c", code], check=False)
    assert completed.returncode == 3
    assert (len(completed.stdout), len(completed.stderr)) == (200001, 200001)


def test_output_that_is_not_text_does_no_harm() -> None:
    code = "import sys; sys.stdout.buffer.write(bytes([255, 10]))"
    assert Session().run([PYTHON, "-c", code]).stdout == "\N{REPLACEMENT CHARACTER}\n"


def test_failure_shows_the_end_of_the_output() -> None:
    with pytest.raises(CommandFailed, match="failed with exit code 7") as caught:
        Session().run([PYTHON, "-c", "import sys; print('why'); sys.exit(7)"])
    assert caught.value.hint == "why"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "said", "advice"),
    [
        ("KILL", "was killed by SIGKILL", "memory"),
        ("XFSZ", "was killed by SIGXFSZ", "ulimit -f"),
        ("SEGV", "was killed by SIGSEGV", "-v shows"),
        pytest.param(
            "36",
            "was killed by signal 36",
            "-v shows",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="all signals have names"),
        ),
    ],
)
def test_signal_that_ended_a_program_is_told(number: str, said: str, advice: str) -> None:
    with pytest.raises(CommandFailed, match=said) as caught:
        Session().run(["sh", "-c", f"echo so far so good; kill -{number} $$"])
    assert advice in str(caught.value.hint)


def test_program_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandFailed, match="cannot run /nowhere/uv: No such file or directory"):
        Session().run(["/nowhere/uv"])


def test_password_in_a_url_is_never_told() -> None:
    reporter = Recorder()
    code = "import sys; print(sys.argv[1]); sys.exit(1)"
    with pytest.raises(CommandFailed) as caught:
        Session(reporter).run([PYTHON, "-c", code, "https://me:hidden@host/"])
    told = "\n".join([*reporter.seen, caught.value.message, str(caught.value.hint)])
    assert "https://****@host/" in told
    assert "hidden" not in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_ends_the_child_and_its_children(tmp_path: Path, number: signal.Signals) -> None:
    marker = tmp_path / "family"
    code = textwrap.dedent(f"""
        import signal, sys
        from flaskgen.effects.system.session import Session
        from flaskgen.errors import Interrupted
        def stop(number, frame):
            raise Interrupted(number)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        try:
            Session().run([sys.executable, "-c", {FAMILY!r}, {str(marker)!r}])
        except Interrupted as interrupted:
            sys.exit(128 + interrupted.signal_number)
    """)
    with subprocess.Popen([PYTHON, "-c", code]) as program:
        wait_until(marker.exists)
        numbers = [int(one) for one in marker.read_text().split()]
        assert all(is_alive(one) for one in numbers)
        begin = time.monotonic()
        program.send_signal(number)
        assert program.wait(PATIENCE) == 128 + number
    assert time.monotonic() - begin < PATIENCE
    wait_until(lambda: not any(is_alive(one) for one in numbers))


def test_child_that_ignores_being_asked_is_ended(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    )
    session = Session()
    ended: list[BaseException] = []

    def work() -> None:
        try:
            session.run([PYTHON, "-c", code, str(ready)])
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(ready.exists)
    begin = time.monotonic()
    session.stop_children()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert time.monotonic() - begin < PATIENCE
    assert isinstance(ended[0], CommandFailed)


def test_stopped_thread_starts_nothing_more_and_the_others_go_on(tmp_path: Path) -> None:
    marker, second = tmp_path / "family", tmp_path / "second"
    session = Session()
    errors: list[BaseException] = []

    def work() -> None:
        for arguments in (["-c", FAMILY, str(marker)], ["-c", "open('second', 'w')"]):
            try:
                session.run([PYTHON, *arguments], cwd=tmp_path, check=False)
            except CommandFailed as error:
                errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(marker.exists)
    session.stop_children()
    thread.join(PATIENCE)
    assert [str(error) for error in errors] == [
        f"{Path(PYTHON).name} was stopped",
        f"{Path(PYTHON).name} was not started: the run was stopped",
    ]
    assert not second.exists()
    assert Session().run([PYTHON, "-c", "print(1)"]).stdout == "1\n"
    numbers = [int(one) for one in marker.read_text().split()]
    wait_until(lambda: not any(is_alive(one) for one in numbers))


def test_child_cannot_read_the_terminal() -> None:
    assert Session().run([PYTHON, "-c", "print(input())"], check=False).returncode == 1
    assert os.getpgrp() != int(Session().run([PYTHON, "-c", "import os; print(os.getpgrp())"]).stdout)


def fail_beside(session: Session, work: Callable[[], None], *, after: threading.Event) -> None:
    with session.background() as background:
        background.start(work)
        after.wait(PATIENCE)
        raise FlaskgenError("stop")


BACKGROUND = """
import time
from flaskgen.effects.system.session import Session

def work():
    with Session().background() as background:
        for started in [background.start(lambda: time.sleep(0.001)) for _ in range(3)]:
            started.result()
"""


@pytest.mark.e2e
def test_a_signal_at_any_moment_does_not_hang_the_work_in_the_background() -> None:
    assert hangs_and_failures(BACKGROUND) == []


def test_work_is_over_when_a_signal_ended_the_wait_for_it() -> None:
    def stop(number: int, _frame: object) -> None:
        raise Interrupted(number)

    over: list[bool] = []

    def work() -> None:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGTERM)  # while the main thread waits
        time.sleep(0.3)
        over.append(True)

    def begin_and_wait() -> None:
        with Session().background() as background:
            background.start(work)

    handler = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(Interrupted):
            begin_and_wait()
        assert over
    finally:
        signal.signal(signal.SIGTERM, handler)


RUNS_A_PROGRAM = f"""
from flaskgen.effects.system.session import Session

def work():
    Session().run(["{shutil.which("true")}"])
"""


@pytest.mark.e2e
def test_a_signal_at_any_moment_does_not_hang_the_run_of_a_program() -> None:
    assert hangs_and_failures(RUNS_A_PROGRAM) == []


def test_results_are_given_when_asked_for() -> None:
    with Session().background() as background:
        assert background.start(lambda: 6 * 7).result() == 42


def test_an_error_of_the_work_is_raised_where_its_result_is_asked_for() -> None:
    def fail() -> None:
        raise FlaskgenError("no")

    with Session().background() as background:
        failing = background.start(fail)
        with pytest.raises(FlaskgenError, match="no"):
            failing.result()


def test_work_runs_beside_the_block() -> None:
    met = threading.Barrier(2, timeout=PATIENCE)
    with Session().background() as background:
        waiting = background.start(met.wait)
        met.wait()
        waiting.result()


def test_a_block_that_fails_ends_the_programs_of_its_work_at_once() -> None:
    session = Session()
    started = threading.Event()
    ended = []

    def wait_for_a_program() -> None:
        started.set()
        try:
            session.run([PYTHON, "-c", "import time; time.sleep(60)"])
        except CommandFailed as error:
            ended.append(error.message)
            raise

    begun = time.monotonic()
    with pytest.raises(FlaskgenError, match="stop"):
        fail_beside(session, wait_for_a_program, after=started)
    assert time.monotonic() - begun < PATIENCE
    assert len(ended) == 1


def test_work_is_over_when_a_failed_block_is_left() -> None:
    started, over = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        time.sleep(0.3)
        over.set()

    with pytest.raises(FlaskgenError, match="stop"):
        fail_beside(Session(), work, after=started)
    assert over.is_set()
