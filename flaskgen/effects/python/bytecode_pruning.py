"""Keep the bytecode cache small: drop what was not used for long, and the oldest of too much."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LARGEST = 300_000_000
"""Bytes; a project with every extension has some 30 million a Python."""
_OLDEST = 90 * 24 * 60 * 60  # seconds without use


@dataclass(frozen=True)
class _Entry:
    """The compiled files of one distribution for one Python."""

    path: str
    used: float
    size: int


def mark_used(entry: str) -> None:
    """Note that an entry is in use; one that cannot be marked grows old."""
    with suppress(OSError):
        os.utime(entry)


def prune(root: Path, *, largest: int = LARGEST) -> None:
    """Remove the entries below ``root`` that are too old, and the oldest while there are too many bytes.

    What an environment has of them is its own by a link or a copy, and stays.
    """
    entries = sorted(_entries(root), key=lambda entry: entry.used)
    total = sum(entry.size for entry in entries)
    now = time.time()
    for entry in entries:
        if total > largest or now - entry.used > _OLDEST:
            shutil.rmtree(entry.path, ignore_errors=True)
            total -= entry.size


def _entries(root: Path) -> Iterator[_Entry]:
    for folder in _folders(str(root)):
        for entry in _folders(folder.path):
            with suppress(OSError):  # another run removed it
                yield _Entry(entry.path, entry.stat().st_mtime, _size(entry.path))


def _folders(path: str) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(path) as found:
        return [entry for entry in found if entry.is_dir(follow_symlinks=False)]
    return []


def _size(folder: str) -> int:
    paths = (os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return sum(os.lstat(path).st_size for path in paths)
