"""Replace files together: all of them get their new content, or all keep the old."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import signal
import stat
import sys
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flaskgen.errors import CannotWrite

_SUFFIX = ".flaskgen-new"


@dataclass(frozen=True)
class _Replacement:
    target: Path
    staged: Path
    before: os.stat_result | None
    saved: Path | None
    """A second name of the old file, from which it is put back."""


def write_together(contents: Mapping[Path, bytes], *, private: Container[Path] = ()) -> None:
    """Write every file of ``contents``; a file that exists keeps its mode, a link its place and its target.

    New files that are ``private`` are for their owner only.

    Everything is written and flushed beside the targets first; then come the renames alone, undone where one
    fails. Signals wait until all is done, which takes milliseconds. A kill can part the files, each of which
    is then still whole: for that the caller keeps a backup. Raises CannotWrite, with all files as they were.
    """
    targets = {_resolve(path): content for path, content in contents.items()}
    if len(targets) < len(contents):
        raise CannotWrite(
            f"{' and '.join(map(str, contents))} are links to one file", hint="unlink one of them"
        )
    for target in targets:
        _require_writable(target)
    secret = {_resolve(path) for path in contents if path in private}
    with _signals_held():
        _replace(targets, secret)


def remove_leftovers(target: Path) -> None:
    """Remove what a killed run left beside a file that no other run can be writing now."""
    target = _resolve(target)
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*{_SUFFIX}"):
        leftover.unlink(missing_ok=True)


def _replace(contents: Mapping[Path, bytes], private: Container[Path]) -> None:
    staged: list[_Replacement] = []
    try:
        for target, content in contents.items():
            staged.append(_stage(target, content, 0o600 if target in private else 0o666))
        _rename_all(staged)
    except OSError as error:
        names = error.filename or ", ".join(map(str, contents))
        raise CannotWrite(f"cannot write {names}: {error.strerror}", hint="nothing was changed") from error
    finally:
        for replacement in staged:
            replacement.staged.unlink(missing_ok=True)
            if replacement.saved:
                replacement.saved.unlink(missing_ok=True)


def _resolve(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # before 3.13, a loop of links is a RuntimeError
        raise CannotWrite(
            f"cannot write {path}: its links lead in a circle", hint="remove the link"
        ) from error


def _require_writable(target: Path) -> None:
    """Refuse what a rename would replace although its owner protected it."""
    if not target.exists():
        return
    if not target.is_file():
        raise CannotWrite(f"cannot write {target}: it is not a file", hint="move it out of the way")
    protected = not target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    if protected or not os.access(target, os.W_OK):
        raise CannotWrite(
            f"cannot write {target}: it is read-only", hint=f"allow it: chmod u+w {target.name}"
        )


def _stage(target: Path, content: bytes, mode: int) -> _Replacement:
    staged = _beside(target)
    before = target.stat() if target.exists() else None
    try:
        # os.open rather than mkstemp, so that a new file gets the mode that the umask gives.
        with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return _Replacement(target, staged, before, _keep(target, before, staged))
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def _keep(target: Path, before: os.stat_result | None, staged: Path) -> Path | None:
    """Give the staged file the old one's mode and owner, and the old file a second name."""
    if before is None:
        return None
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(staged, before.st_uid, before.st_gid)
    os.chmod(staged, stat.S_IMODE(before.st_mode))
    saved = _beside(target)
    try:
        os.link(target, saved)
    except OSError:  # a file system without hard links
        saved.write_bytes(target.read_bytes())
        os.chmod(saved, stat.S_IMODE(before.st_mode))
    return saved


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}{_SUFFIX}")


def _rename_all(replacements: list[_Replacement]) -> None:
    done: list[_Replacement] = []
    try:
        for replacement in replacements:
            os.replace(replacement.staged, replacement.target)
            done.append(replacement)
    except OSError:
        for replacement in reversed(done):
            if replacement.saved:
                os.replace(replacement.saved, replacement.target)
            else:
                replacement.target.unlink()
        raise


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
