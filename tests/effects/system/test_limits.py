"""What takes too long, or needs too much memory, is stopped, and nothing of the limits stays."""

from __future__ import annotations

import signal
import sys
import time

import pytest

from flaskgen.effects.system import limits
from flaskgen.effects.system.session import Session
from flaskgen.errors import TemplateDefect

resource = pytest.importorskip("resource", reason="limits of POSIX")


def loop_forever() -> None:
    with limits.limited("evil"):
        while True:
            pass


def test_a_loop_without_an_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_SECONDS", 0.05)
    before = resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(TemplateDefect, match=r"^evil: it takes more than 0\.05 seconds$"):
        loop_forever()
    assert (resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGVTALRM)) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_what_needs_too_much_memory_is_stopped() -> None:
    with pytest.raises(TemplateDefect, match=r"^evil: there is not enough memory$"), limits.limited("evil"):
        bytearray(3 << 30)


def test_a_program_that_another_thread_starts_meanwhile_has_no_limit() -> None:
    command = [sys.executable, "-c", "import resource; print(resource.getrlimit(resource.RLIMIT_AS))"]
    session = Session()
    with session.background() as background:
        with limits.limited("evil"):
            started = background.start(lambda: session.run(command))
            time.sleep(0.3)  # in which it would have started
            assert resource.getrlimit(resource.RLIMIT_AS)[0] == limits._BYTES
        assert started.result().stdout == f"{resource.getrlimit(resource.RLIMIT_AS)}\n"
