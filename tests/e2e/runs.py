"""Runs of flaskgen that are watched from outside: signalled, raced, and searched for what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path


def start(*arguments: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """Start flaskgen in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flaskgen", *arguments],
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def listing(folder: Path) -> Mapping[str, bytes | None]:
    """Return every path below the directory with its bytes, links not followed."""
    found: dict[str, bytes | None] = {}
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent, name)
            found[str(path.relative_to(folder))] = path.read_bytes() if path.is_file() else None
    return found


def alive_with_home(home: Path) -> list[str]:
    """Return the command lines of the living processes whose HOME is this one: all children inherit it."""
    found = []
    wanted = f"HOME={home}".encode()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                if wanted in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def wait_until_none_with_home(home: Path, *, seconds: float = 60) -> list[str]:
    """Wait for killed processes to be gone, and return those that are not."""
    end = time.monotonic() + seconds
    while (found := alive_with_home(home)) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def stop(run: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Send a signal, and return the exit code and what was printed on stderr."""
    run.send_signal(number)
    _, stderr = run.communicate(timeout=60)
    return run.returncode, stderr


def wait_for(path: Path, run: subprocess.Popen[str], *, seconds: float = 60) -> None:
    """Wait until the path is there, as long as the run lasts."""
    end = time.monotonic() + seconds
    while not path.exists():
        if run.poll() is not None or time.monotonic() > end:
            run.kill()
            raise AssertionError(f"{path} was never there: {run.communicate()}")
        time.sleep(0.01)
