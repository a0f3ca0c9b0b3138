from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import pytest

from flaskgen.effects.system.background import background_work
from flaskgen.effects.system.processes import run
from flaskgen.errors import CommandFailed, FlaskgenError
from flaskgen.reporting import SilentReporter


def fail_beside(work: Callable[[], None], *, after: threading.Event) -> None:
    with background_work() as background:
        background.start(work)
        after.wait(10)
        raise FlaskgenError("stop")


def test_results_are_given_when_asked_for() -> None:
    with background_work() as background:
        assert background.start(lambda: 6 * 7).result() == 42


def test_an_error_of_the_work_is_raised_where_its_result_is_asked_for() -> None:
    def fail() -> None:
        raise FlaskgenError("no")

    with background_work() as background:
        failing = background.start(fail)
        with pytest.raises(FlaskgenError, match="no"):
            failing.result()


def test_work_runs_beside_the_block() -> None:
    met = threading.Barrier(2, timeout=10)
    with background_work() as background:
        waiting = background.start(met.wait)
        met.wait()
        waiting.result()


def test_a_block_that_fails_ends_the_programs_of_its_work_at_once() -> None:
    started = threading.Event()
    ended = []

    def wait_for_a_program() -> None:
        started.set()
        try:
            run([sys.executable, "-c", "import time; time.sleep(60)"], reporter=SilentReporter())
        except CommandFailed as error:
            ended.append(error.message)
            raise

    begun = time.monotonic()
    with pytest.raises(FlaskgenError, match="stop"):
        fail_beside(wait_for_a_program, after=started)
    assert time.monotonic() - begun < 5
    assert len(ended) == 1


def test_work_is_over_when_a_failed_block_is_left() -> None:
    started, over = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        time.sleep(0.3)
        over.set()

    with pytest.raises(FlaskgenError, match="stop"):
        fail_beside(work, after=started)
    assert over.is_set()
