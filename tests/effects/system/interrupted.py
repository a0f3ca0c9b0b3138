"""Work that a signal interrupts at each call in its main thread: the first, then the second, and so on."""

from __future__ import annotations

import subprocess
import sys

_INTERRUPT = """
import os, signal, sys
from flaskgen.errors import Interrupted

def stop(number, frame):
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)

def run(moment):
    calls = 0

    def watch(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_return")  # where Python looks for signals
        if calls == moment:
            signal.raise_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.alarm(20)  # which ends a run that hangs
    try:
        sys.setprofile(watch)
        work()
        sys.setprofile(None)
    except Interrupted:
        pass
    sys.setprofile(None)
    return calls >= moment

work()
for moment in range(1, 5000):
    if (child := os.fork()) == 0:
        os._exit(run(moment))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        break
    if code != 1:
        print(moment, code)
else:
    print("it never ended")
"""


def hangs_and_failures(work: str) -> list[str]:
    """Run a program that defines ``work``; return the calls at which a signal does not end it, and how."""
    command = [sys.executable, "-c", work + _INTERRUPT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [*done.stdout.splitlines(), *(line for line in done.stderr.splitlines() if "Error" in line)]
