"""Do something beside the main thread, and end it when the main thread gives up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.processes import stop_children

Result = TypeVar("Result")


class Background:
    """Starts work whose result is asked for later; its errors are raised then."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, work: Callable[[], Result]) -> Future[Result]:
        return self._pool.submit(work)


@contextmanager
def background_work() -> Iterator[Background]:
    """Give a place for background work; where the block fails, its programs are stopped before it is left."""
    pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="flaskgen")
    try:
        yield Background(pool)
    except BaseException:
        # Work that outlived the block would make files while others are removed.
        with interruptions_held():
            stop_children()
            pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()
