"""The files and directories of a project: read, replace and remove them, and see whose they are."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

from flaskgen.effects.system.user_directories import nearest_existing
from flaskgen.errors import CannotWrite, Fix, advice_on
from flaskgen.reporting import quote

_SUFFIX = ".flaskgen-new"
_LARGEST = 1_000_000  # bytes


def read_files(root: Path, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
    """Return the bytes of those paths that exist below ``root``. Raises CannotWrite for what is no file."""
    found = {}
    for path in paths:
        content = read_file(root / path)
        if content is not None:
            found[path] = content
    return found


def read_all_files(root: Path) -> dict[PurePosixPath, bytes]:
    """Return the files of a project that may be its user's, without larger ones than flaskgen writes.

    Left out are also hidden directories, environments, compiled files, what npm installs, and links.
    """
    found = {}
    for parent, directories, names in os.walk(root):
        directories[:] = [
            name
            for name in directories
            if not name.startswith((".", "__pycache__", "node_modules"))
            and not os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))
        ]
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(OSError):
                facts = path.lstat()
                if stat.S_ISREG(facts.st_mode) and facts.st_size <= _LARGEST:
                    found[PurePosixPath(path.relative_to(root).as_posix())] = path.read_bytes()
    return found


def read_file(target: Path) -> bytes | None:
    """Return what a file holds; None if there is none. Raises CannotWrite for what is no file."""
    try:
        if not stat.S_ISREG(target.stat().st_mode):  # reading a FIFO would wait forever
            raise CannotWrite(f"`{target}` is not a file", hint="move it out of the way")
        return target.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        hint, fix = access_hint(nearest_existing(target), "r")
        raise CannotWrite(f"cannot read `{target}`: {error.strerror}", hint=hint, fix=fix) from error
    except OSError as error:
        hint = advice_on(error, "move it out of the way")
        raise CannotWrite(f"cannot read `{target}`: {error.strerror}", hint=hint) from error


def resolve_target(path: Path, *, exists: bool) -> Path:
    """Return the file that is written at ``path``: a link keeps its place, and what it leads to is replaced.

    Raises CannotWrite if its owner protected it, or if a link is in the way of a new file.
    """
    try:
        target = Path(os.path.realpath(path, strict=True)) if exists else path
    except OSError as error:
        hint = advice_on(error, "run the command again")
        raise CannotWrite(f"cannot write `{path}`: {error.strerror}", hint=hint) from error
    if not exists:
        if path.is_symlink():
            raise CannotWrite(f"cannot write `{path}`: it is a broken link", hint="remove the link")
        return target
    protected = not target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    if protected or not os.access(target, os.W_OK):
        hint, fix = access_hint(target, "w")
        raise CannotWrite(f"cannot write `{path}`: it is read-only", hint=hint, fix=fix)
    return target


def stage(target: Path, content: bytes, *, exists: bool, mode: int | None = None) -> Path:
    """Write beside ``target`` what is to replace it if it ``exists``, with its owner and mode.

    A new file gets the mode that the umask gives, unless one is given. Raises OSError.
    """
    staged = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_SUFFIX}")
    before = target.stat() if exists else None
    if mode is None and before is not None:
        mode = stat.S_IMODE(before.st_mode)
    try:
        # os.open rather than mkstemp, which knows no umask; a mode that is known comes when all is written.
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
            if before is not None:  # a new file that is lost can be written again
                file.flush()
                os.fsync(descriptor)
        if before is not None and hasattr(os, "chown"):
            with contextlib.suppress(OSError):
                os.chown(staged, before.st_uid, before.st_gid)
        if mode is not None:
            os.chmod(staged, mode)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return staged


def remove_staged(target: Path) -> None:
    """Remove what was staged for a file and did not replace it. Raises OSError."""
    for staged in target.parent.glob(f".{glob.escape(target.name)}.*{_SUFFIX}"):
        staged.unlink(missing_ok=True)


def access_hint(path: Path, right: Literal["r", "w"]) -> tuple[str, Fix | None]:
    """Return what gives the user a right to what exists at ``path``, and the command if it is the user's."""
    place = quote(str(path))
    user, owner = getattr(os, "geteuid", lambda: 0)(), path.stat().st_uid
    if user not in (0, owner):
        return f"it belongs to another user: sudo chown -R $USER {place}", None
    mode = path.stat().st_mode
    bits = {"r": stat.S_IRUSR, "w": stat.S_IWUSR, "x": stat.S_IXUSR}
    lacking = "".join(one for one in right + "x" * stat.S_ISDIR(mode) if not mode & bits[one])
    if not lacking:  # permissions are not all that counts
        return f"{place} may be immutable, as `lsattr -d` shows, or protected by the system", None
    command = f"chmod u+{lacking} {place}"
    return f"make it {'readable' if right == 'r' else 'writable'}: {command}", Fix(first=command)


def write_hint(error: OSError, target: Path) -> tuple[str, Fix | None]:
    """Return what lets the user write ``target``, for which a directory is needed that ``error`` may name."""
    if not isinstance(error, PermissionError):
        return advice_on(error, "free some space, or change the permissions there"), None
    directory = Path(error.filename2 or error.filename or target).parent
    return access_hint(directory if directory.is_dir() else target.parent, "w")


@contextmanager
def writing(target: Path, shown: str = "") -> Iterator[None]:
    """Raise CannotWrite, which names the target or what is ``shown``, for what goes wrong in the block."""
    try:
        yield
    except OSError as error:
        hint, fix = write_hint(error, target)
        message = f"cannot write {shown or f'`{target}`'}: {error.strerror}"
        raise CannotWrite(message, hint=hint, fix=fix) from error


def write_durably(path: Path, content: bytes) -> None:
    """Write a file, and have it on the disk when that is done. Raises OSError."""
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def reason_of(error: OSError | RuntimeError) -> str:
    """Return what the system says, or Python of a loop of links."""
    return getattr(error, "strerror", None) or str(error).partition(":")[0].rstrip(".")


def is_empty(directory: Path) -> bool:
    try:
        return not any(directory.iterdir())
    except OSError:
        return False


def remove_if_empty(directory: Path) -> None:
    """Remove a directory with nothing in it; any other stays."""
    with contextlib.suppress(OSError):
        directory.rmdir()


def missing_parents(paths: Iterable[PurePosixPath], project: Path) -> list[str]:
    """Return the directories that files at ``paths`` need and that are not there, the outer ones first."""
    parents = {parent for path in paths for parent in path.parents}
    missing = [parent for parent in parents if not (project / parent).exists()]
    return [str(parent) for parent in sorted(missing, key=lambda parent: (len(parent.parts), parent))]


def require_inside(paths: Iterable[Path], project: Path, *, removed: Collection[Path] = ()) -> None:
    """Raise CannotWrite for what links lead out of the project, where no log can be trusted to restore it.

    Of what is ``removed``, the link goes, wherever it leads.
    """
    for path in leading_out(paths, project, entries=removed):
        raise CannotWrite(
            f"`{path.relative_to(project)}` is a link out of `{project.name}`",
            hint="flaskgen writes only to the project: replace the link first",
        )


def leading_out(paths: Iterable[Path], project: Path, *, entries: Collection[Path] = ()) -> Iterator[Path]:
    """Yield the paths that links lead out of the project; of ``entries``, only their directories count."""
    root = real_path(project)
    is_inside = cache(lambda directory: real_path(directory).is_relative_to(root))
    for path in paths:
        follows = path not in entries and path.is_symlink()
        if not is_inside(path.parent) or (follows and not real_path(path).is_relative_to(root)):
            yield path


def is_below(path: Path, project: Path) -> bool:
    """Return whether an entry of a directory is in the project, whatever it is itself."""
    return real_path(path.parent).is_relative_to(real_path(project))


def real_path(path: Path) -> Path:
    return Path(os.path.realpath(path))  # before 3.13, Path.resolve() fails on a loop of links


def remove_empty(directories: Iterable[Path], project: Path) -> None:
    """Remove directories below the project that have nothing in them but what Python compiled."""
    for directory in sorted(directories, key=lambda path: len(path.parts), reverse=True):
        if project not in directory.parents or not is_below(directory, project) or directory.is_symlink():
            continue
        with contextlib.suppress(OSError):
            if {entry.name for entry in directory.iterdir()} <= {"__pycache__"}:
                shutil.rmtree(directory / "__pycache__", ignore_errors=True)
                directory.rmdir()
