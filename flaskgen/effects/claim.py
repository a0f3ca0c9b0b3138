"""Hold a destination while a project is made there, and take back what was made if that fails."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from flaskgen.effects.destination import MARKER
from flaskgen.errors import InvalidDestination, ProjectExists

_LOCK = Path(".flaskgen", "lock")


class Claim:
    """A destination that this run alone writes to.

    The marker in it says that the project is incomplete and lists, before they are made, the files and the
    directories that this run makes; a later run that finds it without a living holder clears just those.
    """

    def __init__(self, path: Path, *, created: bool) -> None:
        self.path = path
        self._created = created
        self._files: list[str] = []
        self._trees: list[str] = []

    def will_make(self, *, files: Iterable[PurePosixPath] = (), trees: Iterable[Path] = ()) -> None:
        """Write down what is about to be made; ``trees`` are whole directories, here or elsewhere.

        What existed before the run is left out: it is not this run's to remove.
        """
        self._files += [str(path) for path in files if not (self.path / path).exists()]
        self._trees += [str(tree) for tree in trees if not tree.exists() and not tree.is_symlink()]
        self._write_marker()

    def _write_marker(self) -> None:
        journal = {"created": self._created, "files": self._files, "trees": self._trees}
        partial = self.path / MARKER.with_suffix(".partial")
        partial.write_text(json.dumps(journal))
        os.replace(partial, self.path / MARKER)

    def complete(self) -> None:
        """Say that everything is there: from now on nothing is taken back."""
        (self.path / MARKER).unlink()

    def withdraw(self) -> None:
        """Remove what this run made and nothing else."""
        _clear(self.path, created=self._created, files=self._files, trees=self._trees)


@contextmanager
def claim_destination(path: Path) -> Iterator[Claim]:
    """Make the destination and hold it; if the block fails for any reason, everything made is removed.

    Raises ProjectExists where another run holds it, InvalidDestination where it cannot be written.
    """
    created = _make_directory(path)
    home = path / MARKER.parent
    try:
        home.mkdir(exist_ok=True)
        lock = FileLock(path / _LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        raise ProjectExists(
            f"another flaskgen is making `{path.name}` right now", hint="wait for it, or choose another name"
        ) from None
    except OSError as error:
        if created:
            _clear(path, created=True, files=[], trees=[])
        raise InvalidDestination(
            f"cannot write to `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    try:
        created = _clear_leftover(path) or created
        claim = Claim(path, created=created)
        with _taken_back_on_failure(claim):
            claim.will_make()
            yield claim
    finally:
        with contextlib.suppress(OSError):
            (path / _LOCK).unlink()
        lock.release()
        for directory in (home, *([path] if created else [])):
            with contextlib.suppress(OSError):
                directory.rmdir()  # only where nothing is left in it


@contextmanager
def _taken_back_on_failure(claim: Claim) -> Iterator[None]:
    try:
        yield
    except BaseException:
        claim.withdraw()
        raise


def _make_directory(path: Path) -> bool:
    try:
        path.mkdir()
    except FileExistsError:
        return False
    except OSError as error:
        raise InvalidDestination(
            f"cannot make `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    return True


def _clear_leftover(path: Path) -> bool:
    """Remove what a killed run left, and tell whether that run had made the directory itself."""
    try:
        journal = json.loads((path / MARKER).read_text())
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise ProjectExists(
            f"`{path.name}` holds an unfinished project whose journal cannot be read",
            hint="look what is in it, and remove the directory yourself",
        ) from error
    _clear(path, created=False, files=journal["files"], trees=journal["trees"])
    return bool(journal["created"])


def _clear(path: Path, *, created: bool, files: Iterable[str], trees: Iterable[str]) -> None:
    for tree in trees:
        shutil.rmtree(tree, ignore_errors=True)
    parents: set[Path] = set()
    for file in files:
        with contextlib.suppress(OSError):
            (path / file).unlink()
        parents |= {path / parent for parent in PurePosixPath(file).parents}
    for name in (MARKER, MARKER.with_suffix(".partial")):
        with contextlib.suppress(OSError):
            (path / name).unlink()
    for parent in sorted(parents - {path}, key=lambda parent: len(parent.parts), reverse=True):
        shutil.rmtree(parent / "__pycache__", ignore_errors=True)
        with contextlib.suppress(OSError):
            parent.rmdir()
    if created:
        with contextlib.suppress(OSError):
            path.rmdir()
