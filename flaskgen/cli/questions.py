"""Put a question to the person at the terminal, and let signals end it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from flaskgen.effects.system.interruptions import ENDING_SIGNALS
from flaskgen.errors import Interrupted

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from questionary import Question


def ask(question: Question) -> Any:
    """Give the answer. Raises Interrupted for Ctrl-C, Ctrl-D and a signal, with the terminal as it was."""
    try:
        with _ended_by_signals(question.application):
            return question.application.run(handle_sigint=False)
    except (KeyboardInterrupt, EOFError):  # Ctrl-C and Ctrl-D, which are keys here
        raise Interrupted(signal.SIGINT) from None


@contextmanager
def _ended_by_signals(application: Application[Any]) -> Iterator[None]:
    """End the question from within its loop, since asyncio swallows what a handler raises in a callback."""

    def stop(number: int, _frame: FrameType | None) -> None:
        def end() -> None:
            with contextlib.suppress(Exception):  # it has been answered, or ended, already
                application.exit(exception=Interrupted(number))

        if application.loop is None:
            raise Interrupted(number)
        application.loop.call_soon_threadsafe(end)

    before = {number: signal.signal(number, stop) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
