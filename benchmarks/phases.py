"""Where the time of one run of flaskgen goes: a program that looks at every thread once a millisecond.

Run by flaskgen's interpreter as ``python phases.py STARTED ARGUMENTS...``, where STARTED is when the process
was asked for, in seconds of the epoch. It runs the command line, then prints the seconds of each part as
JSON, in the order in which they began. A part is named after what a command calls; none is listed here.
"""

from __future__ import annotations

import json
import runpy
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

_INTERVAL = 0.001
# The layers that tell the story; a part is what they call.
_STORY = ("flaskgen.__main__", "flaskgen.cli", "flaskgen.commands")
IMPORTS = "imports"


def part_of(frame: FrameType | None) -> str | None:
    """Return what a thread does: it imports, is in what a command called, or in the command itself.

    A thread that no command has given anything to do has no part: one that reads a child's output, say.
    """
    stack = list(_outwards(frame))
    if any(one.f_code.co_filename.startswith("<frozen importlib") for one in stack):
        return IMPORTS
    called = None
    for one in stack:
        module = one.f_globals.get("__name__", "")
        if module.partition(".")[0] != "flaskgen":
            continue
        if _tells_the_story(module):
            return called or _name(one)
        called = _name(one)
    return None


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _tells_the_story(module: str) -> bool:
    return any(module == layer or module.startswith(f"{layer}.") for layer in _STORY)


def _name(frame: FrameType) -> str:
    module = frame.f_globals["__name__"].removeprefix("flaskgen.")
    return f"{module}.{frame.f_code.co_qualname.replace('.<locals>', '')}"


class Sampler(threading.Thread):
    """Adds up the time that threads spend in each part, until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: dict[str, float] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        last = time.perf_counter()
        while not self._stopping.wait(_INTERVAL):
            now = time.perf_counter()
            for part in self._parts():
                self.seconds[part] = self.seconds.get(part, 0.0) + now - last
            last = now

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _parts(self) -> Iterator[str]:
        """Yield the part of each thread, in italics unless it is the main thread."""
        main = threading.main_thread().ident
        for identity, frame in sys._current_frames().items():
            part = None if identity == self.ident else part_of(frame)
            if part is not None:
                yield part if identity == main else f"*{part}*"


def main(started: float, arguments: list[str]) -> None:
    """Run the command line, and print where its time went."""
    start = time.time() - started
    sys.argv = ["flaskgen", *arguments]
    sys.setswitchinterval(_INTERVAL)
    sampler = Sampler()
    sampler.start()
    try:
        runpy.run_module("flaskgen", run_name="__main__")
    except SystemExit as stop:
        if stop.code:
            raise
    finally:
        sampler.stop()
    print(json.dumps({"start of Python": start, **sampler.seconds}))


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
