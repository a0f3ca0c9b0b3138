"""Stop what somebody else's files make endless or huge: a loop in a template, or a text that doubles."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from flaskgen.errors import TemplateDefect

_SECONDS: float = 10
_BYTES = 2 << 30
_AGAIN = 1  # seconds, if the first exception is raised where Python loses it
IN_FORCE = threading.RLock()
"""Held while the limits are: a program that was started then would inherit that of memory for good."""


class _OutOfTime(Exception):
    """The block needs too much of the processor's time."""


@contextmanager
def limited(what: str) -> Iterator[None]:
    """Raise TemplateDefect, which names ``what``, in a block that computes for long or needs much memory.

    Only POSIX counts the time of the processor, and only the main thread receives its signal.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    import resource

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _OutOfTime(f"it takes more than {_SECONDS} seconds")

    previous = signal.signal(signal.SIGVTALRM, stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    least = min(limit for limit in (_BYTES, soft, hard) if limit != resource.RLIM_INFINITY)
    with IN_FORCE:
        try:
            with suppress(ValueError):  # macOS takes none that is below what is mapped already
                resource.setrlimit(resource.RLIMIT_AS, (least, hard))
            signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS, _AGAIN)
            yield
        except (_OutOfTime, MemoryError) as error:
            reason = str(error) or "there is not enough memory"
            raise TemplateDefect(f"{what}: {reason}", hint="fix its templates, or tell its author") from error
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, previous)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
