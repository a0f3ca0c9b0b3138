"""Hold a destination while a project is made there, and take back what was made if that fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from flaskgen.effects.system.interruptions import carried_through, interruptions_held
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.destination import check_contents
from flaskgen.effects.transaction.journal import MARKER, Journal, read_journal, remove_if_empty
from flaskgen.effects.transaction.run_lock import RunLock
from flaskgen.errors import CannotWrite, InvalidDestination, ProjectExists


class Claim:
    """A destination that this run alone writes to.

    The journal in it says that the project is incomplete and lists, before they are made, the files and the
    directories that this run makes; a later run that finds it without a living holder clears just those.
    """

    def __init__(self, path: Path, *, created: bool) -> None:
        self.path = path
        self._journal = Journal(created)

    def will_make(self, *, files: Iterable[PurePosixPath] = (), trees: Iterable[Path] = ()) -> None:
        """Write down what is about to be made; ``trees`` are whole directories, here or elsewhere.

        What existed before the run is left out: it is not this run's to remove. Raises CannotWrite.
        """
        self._journal.files += [str(path) for path in files if not _exists(self.path / path)]
        for tree in trees:
            if _exists(tree):
                continue
            if tree.is_relative_to(self.path):
                self._journal.trees.append(tree.relative_to(self.path).as_posix())
            else:
                self._journal.outside.append(str(tree))
                self._journal.parents += [str(parent) for parent in tree.parents if not parent.exists()]
        try:
            self._journal.write(self.path)
        except OSError as error:
            raise CannotWrite(
                f"cannot write to `{self.path}`: {error.strerror}", hint="make room, or choose another place"
            ) from error

    def complete(self) -> None:
        """Say that everything is there."""
        (self.path / MARKER).unlink()

    def withdraw(self) -> None:
        """Remove what this run made and nothing else."""
        self._journal.undo(self.path)

    @property
    def created(self) -> bool:
        """Whether this run, or the killed one that it follows, made the directory."""
        return self._journal.created


@contextmanager
def claim_destination(path: Path, *, session: Session) -> Iterator[Claim]:
    """Make the destination and hold it; if the block fails for any reason, everything made is removed.

    The exception that leaves then has a note that says so. Raises ProjectExists where another run holds it
    or has made a project meanwhile, InvalidDestination or CannotWrite where it cannot be written.
    """
    held: list[tuple[Claim, RunLock]] = []
    try:
        with interruptions_held():  # a signal between a directory and its noting would leave it there
            held.append(_hold(path, session))
        yield held[0][0]
    except BaseException as error:
        with interruptions_held():
            for claim, lock in held:
                claim.withdraw()
                _release(lock, path, created=claim.created)
                error.add_note(_what_is_left(claim))
        raise
    with carried_through(f"`{path.name}` is made"):
        for claim, lock in held:
            _release(lock, path, created=claim.created)


def _hold(path: Path, session: Session) -> tuple[Claim, RunLock]:
    created = made = _make_directory(path)
    lock = RunLock(path, session)
    try:
        if not lock.acquire():
            raise ProjectExists(
                f"another flaskgen is making `{path.name}` right now",
                hint="wait for it, or choose another name",
            )
        leftover = read_journal(path)
        if leftover:
            lock.wait_for_programs()
            leftover.undo(path)
            created = created or leftover.created
        if not made:
            check_contents(path)
        claim = Claim(path, created=created)
        claim.will_make()
    except OSError as error:
        _release(lock, path, created=created)
        raise InvalidDestination(
            f"cannot write to `{path}`: {error.strerror}", hint="choose another place"
        ) from error
    except BaseException:
        _release(lock, path, created=created)
        raise
    return claim, lock


def _release(lock: RunLock, path: Path, *, created: bool) -> None:
    """Let go of the destination; a directory that the run made goes where nothing is left in it."""
    lock.release()
    if created:
        remove_if_empty(path)


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


def _what_is_left(claim: Claim) -> str:
    if not claim.created:
        return f"what was made in `{claim.path.name}` is removed"
    if not _exists(claim.path):
        return f"what was made is removed: there is no `{claim.path.name}`"
    return f"what was made is removed; `{claim.path}` stays, because something else is in it"


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()
