"""Merge files with git, if it is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import partial

from flaskgen.effects.git.repository import run_git
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.file_merge import merge_file
from flaskgen.planning.merging.plan import Merge

_Lines = Sequence[str]


def file_merge(session: Session) -> Merge:
    """Return what merges files in a run."""
    return partial(merge_file, by_git=partial(git_merge, session))


def git_merge(session: Session, base: _Lines, ours: _Lines, theirs: _Lines) -> list[str] | None:
    """Return the lines that ``git merge-file`` makes, or None for a conflict or without git."""
    if shutil.which("git") is None:
        return None
    with scratch_folder() as directory:
        files = [directory / name for name in ("ours", "base", "theirs")]
        for file, lines in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
        own = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        completed = run_git(directory, "merge-file", "--quiet", *files, session=session, environment=own)
        if completed.returncode:
            return None
        text = files[0].read_bytes().decode("utf-8", "surrogateescape")
    return text.split("\n")[:-1]
