"""Merge a file that both the user and a template changed: by git, and by lines where edits touch."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.line_merge import CarriedOver, Edit, carry_over
from flaskgen.planning.merging.line_sets import merge_requirements
from flaskgen.planning.merging.plan import ConflictPolicy, Hunk, Merged
from flaskgen.planning.merging.syntax import is_in_order, says_the_same
from flaskgen.planning.merging.text_form import TextForm, form_of, is_text

_OURS, _THEIRS = "yours", "flaskgen"
_BEGIN, _MIDDLE, _END = f"<<<<<<< {_OURS}", "=======", f">>>>>>> {_THEIRS}"
_MARKED = re.compile(rb"^<<<<<<< .*^=======\r?$.*^>>>>>>> ", re.MULTILINE | re.DOTALL)
_Lines = Sequence[str]


class FileMerge:
    """The ``Merge`` of ``flaskgen.planning.merging.plan``, for one run."""

    def __init__(self, *, session: Session) -> None:
        self._session = session
        self._git = shutil.which("git")

    def __call__(
        self, path: PurePosixPath, *, base: bytes, ours: bytes, theirs: bytes, policy: ConflictPolicy
    ) -> Merged:
        if not all(map(is_text, (base, ours, theirs))):
            return _whole_file(ours, theirs, policy)
        if _MARKED.search(ours):
            return Merged(None, notes=("still has conflict markers: settle them first",))
        return _Task(path, form_of(ours), base, ours, theirs, policy, self).merge()

    def git_merge(
        self, base: _Lines, ours: _Lines, theirs: _Lines, *, option: str | None = None
    ) -> tuple[list[str], bool] | None:
        """Give the lines that ``git merge-file`` makes and whether it is sure of them; None without git."""
        if self._git is None:
            return None
        with scratch_folder() as folder:
            files = [folder / name for name in ("ours", "base", "theirs")]
            for file, lines in zip(files, (ours, base, theirs), strict=True):
                file.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
            options = [*([option] if option else []), *map(str, files)]
            labels = [part for name in (_OURS, "base", _THEIRS) for part in ("-L", name)]
            completed = self._session.run(
                # The user's conflict style could be one with the base in it.
                [self._git, *("-c", "merge.conflictStyle=merge", "merge-file", "--quiet", *labels), *options],
                cwd=folder,
                environment=child_environment({"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}),
                check=False,
            )
            if not 0 <= completed.returncode < 128:
                return None
            text = files[0].read_bytes().decode("utf-8", "surrogateescape")
        return text.split("\n")[:-1], completed.returncode == 0


def _whole_file(ours: bytes, theirs: bytes, policy: ConflictPolicy) -> Merged:
    """Settle a file that has no lines."""
    chosen = {ConflictPolicy.OURS: ours, ConflictPolicy.THEIRS: theirs}.get(policy)
    return Merged(chosen, notes=("is not text, and can only be taken whole",))


class _Task:
    """The merge of one text file."""

    def __init__(
        self,
        path: PurePosixPath,
        form: TextForm,
        base: bytes,
        ours: bytes,
        theirs: bytes,
        policy: ConflictPolicy,
        merge: FileMerge,
    ) -> None:
        self._path, self._form, self._policy, self._merge = path, form, policy, merge
        self._sides = {"base": base, "ours": ours, "theirs": theirs}
        self._base, self._theirs = form.adopt(base), form.adopt(theirs)
        self._ours = form.read(ours)
        self._is_settings = path.name == ".env.example"
        if self._is_settings:  # a set of lines: none is there twice
            there = {line.strip() for line in self._ours} - {line.strip() for line in self._base} - {""}
            self._theirs = [line for line in self._theirs if line.strip() not in there]

    def merge(self) -> Merged:
        if self._path.name == "requirements.in":
            lines, notes = merge_requirements(self._base, self._ours, self._theirs)
            return Merged(self._written(lines), notes=notes)
        if not self._sides["base"]:
            return self._settle(CarriedOver(self._ours, [], ()))
        by_git = self._merge.git_merge(self._base, self._ours, self._theirs)
        if by_git and by_git[1] and self._is_in_order(by_git[0]):
            return Merged(self._written(by_git[0]))
        carried = carry_over(self._base, self._ours, self._theirs)
        if self._is_settings:
            return Merged(self._written(_append_left(carried)))
        if not carried.left and self._is_in_order(carried.lines):
            return Merged(self._written(carried.lines))
        if says_the_same(self._path, self._sides["ours"], self._sides["base"]):
            # The user's formatter has wrapped lines that the change is about.
            return Merged(self._written(self._theirs), notes=("loses its own formatting: format it again",))
        if not self._is_in_order(carried.lines):
            return self._settle(CarriedOver(self._ours, [], carried.left))
        if self._path.suffix == ".md":
            return Merged(self._written(carried.lines), notes=tuple(_left_out(carried.left, self._base)))
        return self._settle(carried)

    def _settle(self, carried: CarriedOver) -> Merged:
        """Make what is left of a merge a conflict, and do with it what the policy says."""
        marked = self._merge.git_merge(carried.advanced, carried.lines, self._theirs)
        if marked is None:
            return Merged(None, tuple(_hunks_of(carried.left, self._ours)))
        hunks = tuple(_number(_read_hunks(marked[0]), self._ours))
        match self._policy:
            case ConflictPolicy.STOP:
                return Merged(None, hunks)
            case ConflictPolicy.MARKERS:
                return Merged(self._written(marked[0]), hunks, marked=bool(hunks))
            case _:
                option = f"--{self._policy.value}"
                settled = self._merge.git_merge(carried.advanced, carried.lines, self._theirs, option=option)
                return Merged(self._written(settled[0]), hunks) if settled else Merged(None, hunks)

    def _is_in_order(self, lines: _Lines) -> bool:
        return is_in_order(self._path, self._written(lines), **self._sides)

    def _written(self, lines: _Lines) -> bytes:
        same_end = bool(lines) and bool(self._ours) and lines[-1] == self._ours[-1]
        return self._form.write(lines, keep_end=same_end)


def _append_left(carried: CarriedOver) -> list[str]:
    """Put what has no place at the end; what is to go but was changed stays."""
    return [*carried.lines, *(line for edit in carried.left for line in edit.lines)]


def _left_out(edits: Sequence[Edit], base: _Lines) -> Iterator[str]:
    added = sum(len(edit.lines) for edit in edits)
    kept = sum(edit.stop - edit.start for edit in edits)
    if added:
        yield f"goes without {added} lines about the change: you rewrote what they stood beside"
    if kept:
        first = next(line for edit in edits for line in base[edit.start : edit.stop] if line.strip())
        yield f"may still tell of what is gone: you rewrote `{first.strip()}`"


def _hunks_of(edits: Sequence[Edit], ours: _Lines) -> Iterator[Hunk]:
    for edit in edits:
        yield Hunk(min(edit.start, len(ours)) + 1, (), edit.lines)


def _number(hunks: Iterable[Hunk], ours: _Lines) -> Iterator[Hunk]:
    """Give hunks the line numbers of the user's own file, where theirs count what was carried over too."""
    lines = [line.rstrip("\r") for line in ours]
    done = 0
    for hunk in hunks:
        size = len(hunk.ours)
        starts = (at for at in range(done, len(lines)) if tuple(lines[at : at + size]) == hunk.ours)
        done = next(starts, done) if size else min(max(done, hunk.line - 1), len(lines))
        yield Hunk(done + 1, hunk.ours, hunk.theirs)
        done += size


def _read_hunks(lines: _Lines) -> Iterator[Hunk]:
    """Find the conflicts in a marked file."""
    number, start = 1, 1
    mine: list[str] | None = None
    theirs: list[str] | None = None
    for line in lines:
        text = line.rstrip("\r")
        if text == _BEGIN:
            mine, start = [], number
        elif mine is not None and theirs is None and text == _MIDDLE:
            theirs = []
        elif mine is not None and theirs is not None and text == _END:
            yield Hunk(start, tuple(mine), tuple(theirs))
            mine = theirs = None
        elif theirs is not None:
            theirs.append(text)
        else:
            number += 1
            if mine is not None:
                mine.append(text)
