"""The journal of a run: what it makes, written down before it is made, so that it can be taken back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from flaskgen.errors import ProjectExists

MARKER = Path(".flaskgen", "incomplete")
"""The journal's file: while it is there, the project is incomplete."""
_PARTIAL = MARKER.with_suffix(".partial")
LOCK = Path(".flaskgen", "lock")
_OWN = frozenset(path.name for path in (MARKER, _PARTIAL, LOCK))
POINTER = ".project"
"""A file in an environment outside the project that holds the project's path, as virtualenvwrapper has it."""


@dataclass
class Journal:
    """The files and directories of one run below one project directory, and what it has elsewhere."""

    created: bool
    """Whether the run made the project's directory itself."""
    files: list[str] = field(default_factory=list)
    trees: list[str] = field(default_factory=list)
    """Whole directories below the project's."""
    outside: list[str] = field(default_factory=list)
    """Whole directories elsewhere, by their absolute path; each holds a pointer to the project."""
    parents: list[str] = field(default_factory=list)
    """Directories elsewhere that were made to hold those, the deepest first."""

    def write(self, project: Path) -> None:
        """Replace the journal in the project; a kill leaves the old one or the new one."""
        partial = project / _PARTIAL
        try:
            partial.write_text(json.dumps(vars(self)), encoding="utf-8")
            os.replace(partial, project / MARKER)
        except OSError:
            _remove_file(partial)
            raise

    def accounts_for(self, name: str) -> bool:
        """Tell whether the entry ``name`` of the project's directory can be this run's."""
        known = (PurePosixPath(path).parts[0] for path in (*self.files, *self.trees, MARKER.as_posix()))
        return name in known

    def undo(self, project: Path) -> None:
        """Remove what the run made, and nothing else, whatever the journal claims.

        Below the project no link is followed; elsewhere only what points to the project is removed. What
        somebody put into a directory of the run stays, and the directory with it.
        """
        for tree in self.outside:
            _remove_outside(Path(tree), project)
        for parent in self.parents:
            if any(Path(tree).is_relative_to(parent) for tree in self.outside):
                remove_if_empty(Path(parent))
        for tree in self.trees:
            if _is_below(project / tree, project):
                _remove_tree(project / tree)
        _remove_files([project / file for file in self.files], project)
        for own in (MARKER, _PARTIAL):
            _remove_file(project / own)


def read_journal(project: Path) -> Journal | None:
    """Read the journal that a run left, or is writing; None where there is none.

    Raises ProjectExists where it is not a journal: then nothing says what may be removed.
    """
    try:
        written = json.loads((project / MARKER).read_text(encoding="utf-8"))
        journal = Journal(**written)
        _check(journal)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise ProjectExists(
            f"`{project.name}` holds an unfinished project whose journal {MARKER} cannot be read",
            hint="look what is in the directory, and remove it yourself",
        ) from error
    return journal


def points_to(environment: Path, project: Path) -> bool:
    """Tell whether a directory elsewhere was made for the project, by its pointer."""
    try:
        return (environment / POINTER).read_text(encoding="utf-8").strip() == str(project)
    except (OSError, ValueError):
        return False


def holds_only_locks(project: Path) -> bool:
    """Tell whether ``.flaskgen`` has nothing but what a run puts there before its journal."""
    try:
        return {entry.name for entry in (project / MARKER.parent).iterdir()} <= _OWN
    except OSError:
        return False


def _check(journal: Journal) -> None:
    """Raise ValueError where the journal has another form than the one that runs write."""
    if not isinstance(journal.created, bool):
        raise ValueError("created is a truth value")
    lists = (journal.files, journal.trees, journal.outside, journal.parents)
    if not all(isinstance(paths, list) and all(isinstance(path, str) for path in paths) for paths in lists):
        raise ValueError("paths are lists of text")
    for path in map(PurePosixPath, (*journal.files, *journal.trees)):
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"{path} is not below the project")
    if not all(os.path.isabs(path) for path in (*journal.outside, *journal.parents)):
        raise ValueError("a path elsewhere is absolute")


def _remove_outside(tree: Path, project: Path) -> None:
    if points_to(tree, project):
        _remove_tree(tree)
    else:
        remove_if_empty(tree)


def _remove_files(files: Iterable[Path], project: Path) -> None:
    parents: set[Path] = set()
    for file in files:
        if _is_below(file, project):
            _remove_file(file)
            _remove_bytecode(file)
            parents.update(parent for parent in file.parents if parent.is_relative_to(project))
    for parent in sorted(parents - {project}, key=lambda parent: len(parent.parts), reverse=True):
        if not parent.is_symlink():
            _remove_tree(parent / "__pycache__")
            remove_if_empty(parent)


def _remove_bytecode(module: Path) -> None:
    """Remove what Python compiled of one module: beside it there may be what was compiled of the user's."""
    folder = module.parent / "__pycache__"
    if not folder.is_symlink():
        for compiled in folder.glob(f"{module.stem}.*.pyc"):
            _remove_file(compiled)
        remove_if_empty(folder)


def _is_below(path: Path, project: Path) -> bool:
    """Tell whether no link on the way leads out of the project."""
    return path.parent.resolve().is_relative_to(project.resolve())


def _remove_tree(tree: Path) -> None:
    if not tree.is_symlink():
        shutil.rmtree(tree, ignore_errors=True)


def _remove_file(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()


def remove_if_empty(folder: Path) -> None:
    """Remove a folder with nothing in it; any other stays."""
    with contextlib.suppress(OSError):
        folder.rmdir()
