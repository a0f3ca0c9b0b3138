"""What happens to each file of a project, as values."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol


class Status(StrEnum):
    """What happens to a file, in the words of Thor."""

    CREATE = "create"
    IDENTICAL = "identical"
    UPDATE = "update"
    MERGE = "merge"
    DELETE = "delete"
    SKIP = "skip"
    """The user deleted it: it stays so."""
    KEEP = "keep"
    """The user's version stays."""
    CONFLICT = "conflict"


class ConflictPolicy(StrEnum):
    """What is done where the user's edits and the change exclude each other."""

    STOP = "stop"
    MARKERS = "markers"
    THEIRS = "theirs"
    OURS = "ours"


class Hunk(NamedTuple):
    """A place where the user's lines and those of the change exclude each other."""

    line: int
    """Where it begins in the user's file, from 1."""
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


class Merged(NamedTuple):
    """What came of merging one file: its bytes, or None if only a person can tell."""

    content: bytes | None
    hunks: tuple[Hunk, ...] = ()
    """The conflicts, also those that the policy has settled."""
    notes: tuple[str, ...] = ()
    """What was skipped or kept, each as the end of a sentence that begins with the file's name."""
    marked: bool = False
    """Whether the bytes have conflict markers in them."""


class Merge(Protocol):
    """A three-way merge of one file; where the file is new on both sides, ``base`` is empty."""

    def __call__(
        self, path: PurePosixPath, *, base: bytes, ours: bytes, theirs: bytes, policy: ConflictPolicy
    ) -> Merged: ...


class FileChange(NamedTuple):
    """What happens to one file, and what it holds afterwards (None: it is not written)."""

    path: PurePosixPath
    status: Status
    content: bytes | None = None
    hunks: tuple[Hunk, ...] = ()
    """The conflicts; of a skipped file, the lines that were not added."""
    notes: tuple[str, ...] = ()


class FilePlan(NamedTuple):
    """What happens to every file of a project."""

    changes: tuple[FileChange, ...]

    @property
    def conflicts(self) -> tuple[FileChange, ...]:
        """The changes that a person has to settle, before or, where markers are written, after."""
        return tuple(change for change in self.changes if change.status is Status.CONFLICT)

    @property
    def written(self) -> tuple[FileChange, ...]:
        """The changes that put bytes on the disk."""
        return tuple(change for change in self.changes if change.content is not None)

    @property
    def contents(self) -> dict[PurePosixPath, bytes | None]:
        """What the files that change will hold; None takes a file away."""
        changed = (one for one in self.changes if one.content is not None or one.status is Status.DELETE)
        return {change.path: change.content for change in changed}
