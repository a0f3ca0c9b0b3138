"""Plan what happens to each file: the one function behind `new`, `add`, `remove` and `update`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from flaskgen.planning.merging.line_merge import Edit, find_edits
from flaskgen.planning.merging.line_sets import LINE_SETS
from flaskgen.planning.merging.plan import ConflictPolicy, FileChange, FilePlan, Hunk, Merge, Merged, Status
from flaskgen.planning.merging.renames import NO_RENAMES, Renames
from flaskgen.planning.merging.syntax import says_the_same
from flaskgen.planning.merging.text_form import form_of, is_text
from flaskgen.planning.templates.tree import Tree, encode

_Versions = tuple[bytes | None, bytes | None, bytes | None]
"""Base, ours and theirs of one file; None if it is not there."""


def plan_changes(
    base: Tree,
    ours: Mapping[PurePosixPath, bytes],
    theirs: Tree,
    *,
    merge: Merge,
    once: frozenset[PurePosixPath] = frozenset(),
    renames: Renames = NO_RENAMES,
    policy: ConflictPolicy = ConflictPolicy.STOP,
) -> FilePlan:
    """Plan how the disk (``ours``) follows the templates from ``base`` to ``theirs``.

    ``ours`` need hold only the paths of the two trees, and those of ``renames``. Files in ``once`` are
    written when absent from base and disk, and never touched again; a set of lines there gets what it lacks.
    """
    old, new = (
        {path: encode(content) for path, content in renames.follow(tree).items()} for tree in (base, theirs)
    )
    changes = []
    for path in sorted({*old, *new}):
        versions = (old.get(path), ours.get(path), new.get(path))
        change = _plan_file(path, versions, merge, policy, once=path in once)
        if path in renames.notes and change.status is not Status.IDENTICAL:
            change = change._replace(notes=(renames.notes[path], *change.notes))
        changes.append(change)
    return FilePlan(tuple(changes))


def _plan_file(
    path: PurePosixPath, versions: _Versions, merge: Merge, policy: ConflictPolicy, *, once: bool
) -> FileChange:
    base, ours, theirs = versions
    if once and (base is not None or (ours is not None and path.name not in LINE_SETS)):
        return _leave(path, *versions)
    if theirs in (base, ours):
        return FileChange(path, Status.IDENTICAL)
    if theirs is None:
        if ours is not None and base is not None and says_the_same(path, ours, base):
            return FileChange(path, Status.DELETE)
        return FileChange(path, Status.KEEP, notes=("kept, because you edited it",))
    if ours is None:
        if base is None:
            return FileChange(path, Status.CREATE, theirs)
        without = tuple(Hunk(edit.start + 1, (), edit.lines) for edit in _added_lines(base, theirs))
        notes = ("not written, because you removed it",)
        return FileChange(path, Status.SKIP, None, without, notes)
    if base is None:
        if says_the_same(path, ours, theirs):
            return FileChange(path, Status.IDENTICAL)
        return _plan_file_in_the_way(path, ours, theirs, merge, policy)
    if ours == base:
        return FileChange(path, Status.UPDATE, theirs)
    merged = merge(path, base=base, ours=ours, theirs=theirs, policy=policy)
    return _merged_change(path, ours, merged)


def _leave(path: PurePosixPath, base: bytes | None, ours: bytes | None, theirs: bytes | None) -> FileChange:
    """Leave a file that holds secrets as it is, and name the settings that the change would put in it."""
    names = _added_settings(base, ours or b"", theirs) if base is not None and theirs is not None else []
    if not names:
        return FileChange(path, Status.IDENTICAL)
    return FileChange(path, Status.KEEP, notes=(f"left unchanged; set {', '.join(names)} in it",))


def _plan_file_in_the_way(
    path: PurePosixPath, ours: bytes, theirs: bytes, merge: Merge, policy: ConflictPolicy
) -> FileChange:
    if policy is ConflictPolicy.STOP and not ours.strip():
        return FileChange(path, Status.MERGE, theirs)
    if path.name not in LINE_SETS:
        if policy is ConflictPolicy.OURS:
            return FileChange(path, Status.KEEP, notes=("left unchanged",))
        if policy is ConflictPolicy.THEIRS:
            return FileChange(path, Status.UPDATE, theirs, notes=("replaced",))
    return _merged_change(path, ours, merge(path, base=b"", ours=ours, theirs=theirs, policy=policy))


def _merged_change(path: PurePosixPath, ours: bytes, merged: Merged) -> FileChange:
    if merged.content is None or merged.marked:
        return FileChange(path, Status.CONFLICT, merged.content, merged.hunks, merged.notes)
    if merged.content == ours:
        status = Status.KEEP if merged.hunks or merged.notes else Status.IDENTICAL
        return FileChange(path, status, None, merged.hunks, merged.notes)
    return FileChange(path, Status.MERGE, merged.content, merged.hunks, merged.notes)


def _added_lines(base: bytes, theirs: bytes) -> tuple[Edit, ...]:
    """Return the edits by which a change would have added lines."""
    if not (is_text(base) and is_text(theirs)):
        return ()
    old, new = (form_of(content).read(content) for content in (base, theirs))
    return tuple(edit for edit in find_edits(old, new) if edit.lines)


def _added_settings(base: bytes, ours: bytes, theirs: bytes) -> list[str]:
    """Name the settings, and no value, that a change would have added and that are not there."""
    there = {_setting(line) for line in form_of(ours).read(ours)}
    lines = (line for edit in _added_lines(base, theirs) for line in edit.lines if "=" in line)
    return [name for name in map(_setting, lines) if name not in there and not name.startswith("#")]


def _setting(line: str) -> str:
    return line.partition("=")[0].strip()
