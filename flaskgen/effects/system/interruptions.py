"""Hold signals back while something is done that must not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What asks a run to stop."""


@contextmanager
def interruptions_held() -> Iterator[None]:
    """Let the first signal that asks the run to stop take effect when the block is left, not within it.

    Handlers are exchanged, since blocking signals in one thread does not keep another from receiving them.
    Outside the main thread it does nothing: Python runs handlers in the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    previous = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    try:
        for number in ENDING_SIGNALS:
            if previous[number] is not signal.SIG_IGN:
                signal.signal(number, note)
        yield
    finally:
        for number, handler in previous.items():
            if handler is not None:  # one that was not set from Python cannot be put back
                signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])
