"""Plan what happens to each file: the one function behind `new`, `add`, `remove` and `update`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from flaskgen.planning.tree import Tree, encode


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


@dataclass(frozen=True)
class FileChange:
    """What happens to one file, and what it holds afterwards (None: it is not written)."""

    path: PurePosixPath
    status: Status
    content: bytes | None = None


@dataclass(frozen=True)
class Plan:
    """What happens to every file of a project."""

    changes: tuple[FileChange, ...]

    @property
    def conflicts(self) -> tuple[FileChange, ...]:
        return tuple(change for change in self.changes if change.status is Status.CONFLICT)

    @property
    def written(self) -> tuple[FileChange, ...]:
        """The changes that put bytes on the disk."""
        return tuple(change for change in self.changes if change.content is not None)


class Merge(Protocol):
    """A three-way merge of one file: the merged bytes, or None where both sides changed the same lines."""

    def __call__(self, *, base: bytes, ours: bytes, theirs: bytes) -> bytes | None: ...


def plan_changes(
    base: Tree,
    ours: Mapping[PurePosixPath, bytes],
    theirs: Tree,
    *,
    merge: Merge,
    once: frozenset[PurePosixPath] = frozenset(),
) -> Plan:
    """Plan how the disk (``ours``) follows the templates from ``base`` to ``theirs``.

    ``ours`` need hold only paths of the two trees. Files in ``once`` are written when absent from base and
    disk, and never touched again.
    """
    changes = [
        _plan_file(path, _encoded(base, path), ours.get(path), _encoded(theirs, path), merge, path in once)
        for path in sorted({*base, *theirs})
    ]
    return Plan(tuple(changes))


def plan_creation(theirs: Tree, ours: Mapping[PurePosixPath, bytes]) -> Plan:
    """Plan new files; one that is there already is the user's and stays."""

    def never(*, base: bytes, ours: bytes, theirs: bytes) -> None:
        raise AssertionError("without a base there is nothing to merge")

    plan = plan_changes({}, ours, theirs, merge=never)
    kept = {change: FileChange(change.path, Status.KEEP) for change in plan.conflicts}
    return Plan(tuple(kept.get(change, change) for change in plan.changes))


def _encoded(tree: Tree, path: PurePosixPath) -> bytes | None:
    content = tree.get(path)
    return None if content is None else encode(content)


def _plan_file(
    path: PurePosixPath,
    base: bytes | None,
    ours: bytes | None,
    theirs: bytes | None,
    merge: Merge,
    once: bool,
) -> FileChange:
    if once and (ours is not None or base is not None):
        return FileChange(path, Status.IDENTICAL)
    if base == theirs or ours == theirs:
        return FileChange(path, Status.IDENTICAL)
    if theirs is None:
        return FileChange(path, Status.DELETE if ours == base else Status.KEEP)
    if ours is None:
        return FileChange(path, Status.SKIP) if base is not None else FileChange(path, Status.CREATE, theirs)
    if base is None:
        return FileChange(path, Status.CONFLICT)
    if ours == base:
        return FileChange(path, Status.UPDATE, theirs)
    merged = merge(base=base, ours=ours, theirs=theirs)
    return FileChange(path, Status.CONFLICT) if merged is None else FileChange(path, Status.MERGE, merged)
