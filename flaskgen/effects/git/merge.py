"""Merge files with git, if it is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import PurePosixPath

from flaskgen.effects.git.repository import run_git
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.planning.merging.file_merge import merge_file
from flaskgen.planning.merging.plan import ConflictPolicy, Merged

_Lines = Sequence[str]


class FileMerge:
    """The ``Merge`` of ``flaskgen.planning.merging.plan``, for one run."""

    def __init__(self, *, session: Session) -> None:
        self._session = session
        self._git = shutil.which("git")

    def __call__(
        self, path: PurePosixPath, *, base: bytes, ours: bytes, theirs: bytes, policy: ConflictPolicy
    ) -> Merged:
        return merge_file(path, base=base, ours=ours, theirs=theirs, policy=policy, by_git=self.git_merge)

    def git_merge(self, base: _Lines, ours: _Lines, theirs: _Lines) -> list[str] | None:
        """Return the lines that ``git merge-file`` makes, or None for a conflict or without git."""
        if self._git is None:
            return None
        with scratch_folder() as directory:
            files = [directory / name for name in ("ours", "base", "theirs")]
            for file, lines in zip(files, (ours, base, theirs), strict=True):
                file.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
            own = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
            completed = run_git(
                directory, "merge-file", "--quiet", *files, session=self._session, environment=own
            )
            if completed.returncode:
                return None
            text = files[0].read_bytes().decode("utf-8", "surrogateescape")
        return text.split("\n")[:-1]
