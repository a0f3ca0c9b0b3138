"""Prompt the user, and let signals end the prompt."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from flaskgen.effects.system.interruptions import ENDING_SIGNALS
from flaskgen.errors import Interrupted

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent
    from questionary import Question


_P = ParamSpec("_P")
_T = TypeVar("_T")


class Declined(Exception):
    """The user chose not to go on, before anything was changed."""


class _Back(Exception):
    """The user wants to answer the question before once more."""


class _Dialogue:
    """The answers to several questions in a row."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked = 0
        self.reconsidered: Any = None

    def ask(self, question: Question) -> Any:
        """Return the answer of before, if there is one."""
        self.asked += 1
        if self.asked > len(self.answers):
            typed, self.reconsidered = self.reconsidered, None
            self.answers.append(_ask(question, back=bool(self.answers), typed=typed))
        return self.answers[self.asked - 1]


_dialogue: _Dialogue | None = None


def goes_back(questions: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let Shift-Tab lead to the question before, among those that a function asks.

    It is called again, and is given the answers that are kept without a question.
    """

    @wraps(questions)
    def run(*arguments: _P.args, **named: _P.kwargs) -> _T:
        global _dialogue
        _dialogue = _Dialogue()
        try:
            while True:
                _dialogue.asked = 0
                try:
                    return questions(*arguments, **named)
                except _Back:
                    _dialogue.reconsidered = _dialogue.answers.pop()
        finally:
            _dialogue = None

    return run


def ask(question: Question) -> Any:
    """Return the answer, with the terminal as it was.

    Raises Declined for Ctrl-D or Esc, and Interrupted for Ctrl-C or a signal.
    """
    return _dialogue.ask(question) if _dialogue else _ask(question, back=False)


def _ask(question: Question, *, back: bool, typed: object = None) -> Any:
    """Return the answer to one question; a text that was ``typed`` before can be edited."""
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import merge_key_bindings

    own = [bindings for bindings in (question.application.key_bindings,) if bindings]
    question.application.key_bindings = merge_key_bindings([*own, _keys(back=back)])
    _wrap_errors(question.application)
    if isinstance(typed, str):
        question.application.current_buffer.reset(Document(typed))
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


def _keys(*, back: bool) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    def leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError)

    def go_back(event: KeyPressEvent) -> None:
        event.app.erase_when_done = True
        event.app.exit(exception=_Back)

    keys.add("c-d", eager=True)(leave)
    keys.add("escape", eager=True)(leave)
    if back:
        keys.add("s-tab", eager=True)(go_back)
    return keys


def _wrap_errors(application: Application[Any]) -> None:
    """Show the whole of a message that is longer than the terminal is wide."""
    from prompt_toolkit.filters import Always

    for window in application.layout.find_all_windows():
        if window.height == 1:
            window.height, window.wrap_lines = None, Always()


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
