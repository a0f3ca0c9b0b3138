"""Write a plan's files into a project, and read those that are there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from flaskgen.errors import CannotWrite
from flaskgen.planning.merging.plan import FileChange, Plan, Status

_PRIVATE = 0o600


def read_files(root: Path, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
    """Give the bytes of those paths that exist below ``root``. Raises CannotWrite for what is no file."""
    found = {}
    for path in paths:
        target = root / path
        try:
            if not stat.S_ISREG(target.stat().st_mode):  # a fifo would be waited for, for ever
                raise CannotWrite(f"`{target}` is not a file", hint="move it out of the way")
            found[path] = target.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise CannotWrite(
                f"cannot read `{target}`: {error.strerror}", hint="move it out of the way"
            ) from error
    return found


def apply_plan(plan: Plan, root: Path, *, private: frozenset[PurePosixPath] = frozenset()) -> None:
    """Write what the plan writes below ``root``; ``private`` files are for their owner only.

    A file to create is never written through a link that has appeared meanwhile. Raises CannotWrite naming
    the file that could not be written.
    """
    for change in plan.written:
        target = root / change.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, change, private=change.path in private)
        except OSError as error:
            raise CannotWrite(
                f"cannot write `{target}`: {error.strerror}", hint="make room, or choose another place"
            ) from error


def _write(target: Path, change: FileChange, *, private: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if change.status is Status.CREATE else os.O_TRUNC)
    descriptor = os.open(target, flags, _PRIVATE if private else 0o666)
    with open(descriptor, "wb") as stream:
        if private and os.name == "posix":
            os.fchmod(descriptor, _PRIVATE)  # whatever the umask is
        stream.write(change.content or b"")
