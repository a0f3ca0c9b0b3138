"""Write a plan's files into a project, and read those that are there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from flaskgen.errors import FlaskgenError
from flaskgen.planning.changes import Plan

_PRIVATE = 0o600


def read_files(root: Path, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
    """Give the bytes of those paths that exist below ``root``."""
    found = {}
    for path in paths:
        try:
            found[path] = (root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
    return found


def apply_plan(plan: Plan, root: Path, *, private: frozenset[PurePosixPath] = frozenset()) -> None:
    """Write what the plan writes below ``root``; ``private`` files are for their owner only.

    Raises FlaskgenError naming the file that could not be written.
    """
    for change in plan.written:
        target = root / change.path
        assert change.content is not None  # noqa: S101 - what `written` means
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, change.content, private=change.path in private)
        except OSError as error:
            raise FlaskgenError(f"cannot write `{target}`: {error.strerror}") from error


def _write(target: Path, content: bytes, *, private: bool) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE if private else 0o666)
    with open(descriptor, "wb") as stream:
        stream.write(content)
