"""What becomes of generated edits, and what git alone makes of the same three versions."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from flaskgen.planning.merging.plan import ConflictPolicy, Merge
from flaskgen.planning.merging.syntax import is_in_order
from tests.edits.cases import Files
from tests.edits.generated import Project
from tests.edits.measure import Followed, apply

SETS = ("pyproject.toml", ".env.example")
"""Files with lines that have no order: they are merged as sets."""


@dataclass
class Tally:
    """How many changes there were, and what came of them."""

    projects: int = 0
    changes: int = 0
    conflicting: int = 0
    clean_by_git: int = 0
    """Files that git merges without a conflict, and that can be read afterwards."""
    unreadable_by_git: int = 0
    conflicting_by_git: int = 0
    lost: list[str] = field(default_factory=list)
    """Lines of the user's that are nowhere afterwards, and that no note names."""
    different: list[str] = field(default_factory=list)
    """Files that git merges cleanly to something else."""

    def count(self, project: Project, merge: Merge) -> None:
        """Make each change of a project."""
        self.projects += 1
        for verb, *sides in project.changes():
            self.changes += 1
            change = Followed.by_renames(*sides)
            plan = change.plan(merge)
            if plan.conflicts:  # then nothing is written, unless both sides are asked for
                self.conflicting += 1
                plan = change.plan(merge, ConflictPolicy.MARKERS)
            files = apply(plan, change.ours)
            told = _bare("\n".join(note for file in plan.changes for note in file.notes))
            self.lost += [
                f"{verb}: {path}: {line}" for path, line in change.lost(files) if _bare(line) not in told
            ]
            conflicts = {str(file.path) for file in plan.conflicts}
            self._compare_with_git(verb, change, files, conflicts)

    def _compare_with_git(self, verb: str, change: Followed, files: Files, conflicts: set[str]) -> None:
        for path in sorted(change.base.keys() & change.ours.keys() & change.theirs.keys()):
            sides = [text[path].encode() for text in (change.base, change.ours, change.theirs)]
            if len(set(sides)) < 3 or path in SETS or b"\r" in sides[1] or not sides[1].endswith(b"\n"):
                continue
            merged = merge_by_git(*sides)
            if merged is None:
                self.conflicting_by_git += 1
            elif not is_in_order(
                PurePosixPath(path), merged, **dict(zip(("base", "ours", "theirs"), sides, strict=True))
            ):
                self.unreadable_by_git += 1
            else:
                self.clean_by_git += 1
                if path in conflicts or files[path].encode() != merged:
                    self.different.append(f"{verb}: {path}")


def merge_by_git(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Return what ``git merge-file`` makes of three versions; None if they conflict."""
    with tempfile.TemporaryDirectory() as folder:
        sides = {"ours": ours, "base": base, "theirs": theirs}
        for name, content in sides.items():
            Path(folder, name).write_bytes(content)
        done = subprocess.run(
            ["git", "merge-file", "-p", *sides],
            cwd=folder,
            env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            check=False,
        )
    return done.stdout if done.returncode == 0 else None


def _bare(text: str) -> str:
    """Return a text without what a list in TOML has around a requirement, which notes name without it."""
    return text.translate(str.maketrans("", "", "\"',"))
