"""Merge a file that both the user and a template changed: as git does, and by lines where edits touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from flaskgen.planning.merging.line_merge import (
    CarriedOver,
    Edit,
    ThreeWayMerge,
    apply_edits,
    carry_over,
    merge_three_ways,
    merge_two_ways,
)
from flaskgen.planning.merging.line_sets import LINE_SETS, join_lines, join_tables, merge_lists
from flaskgen.planning.merging.plan import ConflictPolicy, Hunk, Merged
from flaskgen.planning.merging.syntax import is_in_order, says_the_same
from flaskgen.planning.merging.text_form import form_of, is_text

_BEGIN, _MIDDLE, _END = "<<<<<<< yours", "=======", ">>>>>>> flaskgen"
_MARKED = re.compile(rb"^<<<<<<< .*^=======\r?$.*^>>>>>>> ", re.MULTILINE | re.DOTALL)
_NOT_JOINED = frozenset({".editorconfig", ".gitattributes"})
"""Settings of which later lines overrule earlier ones: like pages, two of these mix badly."""
_Lines = Sequence[str]


LineMerge = Callable[[_Lines, _Lines, _Lines], list[str] | None]
"""A three-way merge of base, ours and theirs as git makes it; None for a conflict."""


def merge_file(
    path: PurePosixPath,
    *,
    base: bytes,
    ours: bytes,
    theirs: bytes,
    policy: ConflictPolicy,
    by_git: LineMerge,
) -> Merged:
    """Merge one file, as ``plan.Merge`` does."""
    if not base and (path.suffix == ".md" or path.name in _NOT_JOINED):
        return Merged(ours, notes=("left unchanged",))
    sides = {"base": base, "ours": ours, "theirs": theirs}
    if not all(map(is_text, sides.values())):
        chosen = {ConflictPolicy.OURS: ours, ConflictPolicy.THEIRS: theirs}.get(policy)
        return Merged(chosen, notes=("is not text, and can only be replaced as a whole",))
    if _MARKED.search(ours):
        return Merged(None, notes=("still has conflict markers; resolve them first",))
    task = _Task(path, sides, policy, by_git)
    merged = task.merge()
    return merged._replace(notes=(*task.notes, *merged.notes))


class _Task:
    """The merge of one text file."""

    def __init__(
        self, path: PurePosixPath, sides: Mapping[str, bytes], policy: ConflictPolicy, by_git: LineMerge
    ) -> None:
        self._path, self._sides, self._policy, self._by_git = path, sides, policy, by_git
        self._form = form_of(sides["ours"])
        self._base, self._theirs = self._form.adopt(sides["base"]), self._form.adopt(sides["theirs"])
        self._ours = self._form.read(sides["ours"])
        self._is_settings = path.name == ".env.example"
        self.notes: tuple[str, ...] = ()
        if path.name == "pyproject.toml":
            self._base, self._ours, self._theirs, self.notes = merge_lists(
                self._base, self._ours, self._theirs
            )
        if self._is_settings:  # a set of lines: none is there twice
            there = {line.strip() for line in self._ours} - {line.strip() for line in self._base} - {""}
            self._theirs = [line for line in self._theirs if line.strip() not in there]

    def merge(self) -> Merged:
        if not self._sides["base"]:
            return self._join()
        by_git = self._by_git(self._base, self._ours, self._theirs)
        if by_git is not None and self._is_in_order(by_git):
            return Merged(self._written(by_git))
        carried = carry_over(self._base, self._ours, self._theirs)
        if self._is_settings:
            # What has no place goes to the end; what is to go but was changed stays.
            left = [line for edit in carried.left for line in edit.lines]
            return Merged(self._written([*carried.lines, *left]))
        if not carried.left and self._is_in_order(carried.lines):
            return Merged(self._written(carried.lines))
        if says_the_same(self._path, self._sides["ours"], self._sides["base"]):
            # The user's formatter has wrapped lines that the change is about.
            return Merged(self._written(self._theirs), notes=("loses your formatting; format it again",))
        if not self._is_in_order(carried.lines):
            return self._settle_whole()
        if self._path.suffix == ".md":
            return Merged(self._written(carried.lines), notes=tuple(_left_out(carried.left, self._base)))
        return self._settle(carried)

    def _join(self) -> Merged:
        """Merge a file that is new on both sides."""
        lines = None
        if self._path.name in LINE_SETS:
            theirs = self._form.adopt(self._sides["theirs"])
            lines = join_lines(self._path.name, self._ours, theirs)
        elif self._path.name == "pyproject.toml":
            lines = join_tables(self._ours, self._theirs)
        return self._settle_whole() if lines is None else Merged(self._written(lines))

    def _settle(self, carried: CarriedOver) -> Merged:
        """Merge what could not be carried over; where the user changed the same lines, the policy decides."""
        found = merge_three_ways(carried.advanced, carried.lines, self._theirs)
        if found.conflicts:
            return self._resolve(carried, found)
        lines = apply_edits(carried.lines, found.clean)
        return Merged(self._written(lines)) if self._is_in_order(lines) else self._settle_whole()

    def _settle_whole(self) -> Merged:
        """Settle a file of which no line of the change can be put in its place."""
        return self._resolve(carry_over((), self._ours, ()), merge_two_ways(self._ours, self._theirs))

    def _resolve(self, carried: CarriedOver, found: ThreeWayMerge) -> Merged:
        hunks = tuple(_hunk(conflict, carried, self._ours) for conflict in found.conflicts)
        if self._policy is ConflictPolicy.STOP:
            return Merged(None, hunks)
        settled = (self._settled(conflict, carried.lines) for conflict in found.conflicts)
        edits = sorted((*found.clean, *settled), key=lambda edit: edit.start)
        marked = self._policy is ConflictPolicy.MARKERS
        return Merged(self._written(apply_edits(carried.lines, edits)), hunks, marked=marked)

    def _settled(self, conflict: Edit, lines: _Lines) -> Edit:
        """Return the edit by which the policy settles a conflict in these lines."""
        ours = lines[conflict.start : conflict.stop]
        match self._policy:
            case ConflictPolicy.OURS:
                chosen = ours
            case ConflictPolicy.MARKERS:
                begin, middle, end = (mark + self._form.newline[:-1] for mark in (_BEGIN, _MIDDLE, _END))
                chosen = [begin, *ours, middle, *conflict.lines, end]
            case _:
                return conflict
        return Edit(conflict.start, conflict.stop, tuple(chosen))

    def _is_in_order(self, lines: _Lines) -> bool:
        return is_in_order(self._path, self._written(lines), **self._sides)

    def _written(self, lines: _Lines) -> bytes:
        same_end = bool(lines) and bool(self._ours) and lines[-1] == self._ours[-1]
        return self._form.write(lines, keep_end=same_end)


def _left_out(edits: Sequence[Edit], base: _Lines) -> Iterator[str]:
    added = sum(len(edit.lines) for edit in edits)
    kept = sum(edit.stop - edit.start for edit in edits)
    if added:
        lines = "1 line was" if added == 1 else f"{added} lines were"
        yield f"{lines} not added: you rewrote the surrounding text"
    if kept:
        first = next(line for edit in edits for line in base[edit.start : edit.stop] if line.strip())
        yield f"may still mention what was removed: you rewrote `{first.strip()}`"


def _hunk(conflict: Edit, carried: CarriedOver, ours: _Lines) -> Hunk:
    """Return a conflict in the lines of a merge as one in the user's own file."""
    stretch = carried.origins[conflict.start : conflict.stop]
    mine = tuple(ours[number].rstrip("\r") for number in stretch if number is not None)
    following = (number for number in carried.origins[conflict.start :] if number is not None)
    theirs = tuple(line.rstrip("\r") for line in conflict.lines)
    return Hunk(next(following, len(ours)) + 1, mine, theirs)
