"""Prompt the user, and let signals end the prompt."""

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


class Declined(Exception):
    """The user chose not to go on, before anything was changed."""


def ask(question: Question) -> Any:
    """Return the answer, with the terminal as it was.

    Raises Declined for Ctrl-D, and Interrupted for Ctrl-C or a signal.
    """
    _end_by_ctrl_d(question.application)
    try:
        with _ended_by_signals(question.application):
            return question.application.run(handle_sigint=False)
    except KeyboardInterrupt:  # Ctrl-C, which is a key here
        raise Interrupted(signal.SIGINT) from None
    except EOFError:
        raise Declined from None


def confirm(message: str) -> None:
    """Ask whether to go on. Raises Declined if not, and as ``ask`` does."""
    import questionary

    if not ask(questionary.confirm(message, default=True)):
        raise Declined


def _end_by_ctrl_d(application: Application[Any]) -> None:
    """End the input at the questions too that no text is typed for; their keys are questionary's own."""
    if (add := getattr(application.key_bindings, "add", None)) is not None:
        add("c-d", eager=True)(lambda event: event.app.exit(exception=EOFError))


@contextmanager
def _ended_by_signals(application: Application[Any]) -> Iterator[None]:
    """End the prompt from within its loop, since asyncio swallows what a handler raises in a callback."""

    def stop(number: int, _frame: FrameType | None) -> None:
        def end() -> None:
            with contextlib.suppress(Exception):  # it was answered, or ended, already
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
