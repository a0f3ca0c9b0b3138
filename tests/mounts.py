"""File systems in memory, for who may mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount one at a directory with options such as ``size=64k`` or ``noexec``, and unmount it afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True, capture_output=True)


@cache
def may_mount(parent: Path) -> bool:
    """Return whether it works here."""
    try:
        with mounted(parent / "probe", "size=64k"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
