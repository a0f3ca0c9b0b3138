"""Work beside the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

from flaskgen.effects.system.interruptions import interruptions_held

_WORKERS = 2
Result = TypeVar("Result")


class Work(Generic[Result]):
    """Work that is done in the background."""

    def __init__(self, function: Callable[[], Result]) -> None:
        self._function = function
        self._outcome: Result | BaseException | None = None
        self._failed = False
        self._pending = threading.Lock()
        self._pending.acquire()

    def run(self) -> None:
        try:
            self._outcome = self._function()
        except BaseException as error:
            self._outcome, self._failed = error, True
        self._pending.release()

    def wait(self) -> None:
        """Wait until the work is done."""
        with self._pending:
            pass

    def result(self) -> Result:
        """Wait until the work is done, and return its result or raise its error."""
        self.wait()
        if self._failed:
            raise cast("BaseException", self._outcome)
        return cast("Result", self._outcome)


class Background:
    """Starts work whose result is asked for later, two at a time.

    It is no ThreadPoolExecutor: that takes its locks in Python code, and a signal that raises right then
    leaves one locked, for which the run waits forever. A Lock and a SimpleQueue are safe from signals.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Work[Any] | None] = SimpleQueue()
        self._works: list[Work[Any]] = []
        self._threads: list[threading.Thread] = []

    def start(self, function: Callable[[], Result]) -> Work[Result]:
        work = Work(function)
        with interruptions_held():
            self._works.append(work)
            self._waiting.put(work)
            if len(self._threads) < _WORKERS:
                thread = threading.Thread(target=self._run_all, daemon=True)
                thread.start()
                self._threads.append(thread)
        return work

    def finish(self, *, cancel: bool = False) -> None:
        """Wait until everything is done, or with ``cancel``, until what has begun is."""
        cancelled = []
        with suppress(Empty):
            while cancel:
                cancelled.append(self._waiting.get_nowait())
        for work in self._works:  # not for the threads: a join that is interrupted takes them for ended
            if work not in cancelled:
                work.wait()
        for _ in self._threads:
            self._waiting.put(None)

    def _run_all(self) -> None:
        while work := self._waiting.get():
            work.run()
