from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from flaskgen.effects.system.interruptions import ENDING_SIGNALS, interruptions_held
from flaskgen.errors import Interrupted


@pytest.fixture(autouse=True)
def _signals_interrupt() -> Iterator[None]:
    def stop(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    before = {number: signal.signal(number, stop) for number in ENDING_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_a_signal_takes_effect_when_the_block_is_left(number: signal.Signals) -> None:
    done: list[str] = []

    def work() -> None:
        with interruptions_held():
            signal.raise_signal(number)
            done.append("after the signal")

    with pytest.raises(Interrupted) as raised:
        work()
    assert done == ["after the signal"]
    assert raised.value.signal_number == number


def test_the_first_of_several_signals_counts() -> None:
    def work() -> None:
        with interruptions_held():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted) as raised:
        work()
    assert raised.value.signal_number == signal.SIGTERM


def test_afterwards_signals_interrupt_as_before() -> None:
    with interruptions_held():
        pass
    with pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGINT)


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with interruptions_held():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_another_thread_may_enter_and_changes_no_handler() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work() -> None:
        with interruptions_held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
