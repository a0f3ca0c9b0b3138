"""What the workers of pytest-xdist have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_worker_at_a_time(folder: Path) -> Iterator[None]:
    """Let the other workers wait until this one is done with a directory, which has to exist."""
    import fcntl  # which Windows lacks

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
