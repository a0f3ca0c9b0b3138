"""What a directory holds, and whether that is one of the states which an interrupted run may leave."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flaskgen.effects.transaction.log import LOCK, LOG, read_log, read_undo_logs
from tests.reliability.scenarios import CANARY, PROJECT, Scenario, World

UNSTEADY = {".venv", ".git", "__pycache__", "undo"}
"""Directories whose bytes differ from run to run; packages, commits and titles are looked at instead."""


@dataclass(frozen=True)
class State:
    """All that has to be the same after an undisturbed run and after one that follows an interrupted one."""

    files: dict[str, str]
    """A digest of each file of the project; `.env`, which holds a random key, by its name."""
    packages: tuple[str, ...]
    undoable: tuple[str, ...]
    changed_in_git: str
    beside: tuple[str, ...]
    """What lies in the directory that the command was run in."""
    temporary: tuple[str, ...]


def state_of(world: World, here: Path) -> State:
    project = here / PROJECT
    return State(
        files=digests(project),
        packages=tuple(
            sorted(path.name for path in project.glob(".venv/lib/python*/site-packages/*.dist-info"))
        ),
        undoable=tuple(log.title for log in read_undo_logs(project)),
        changed_in_git=_git_status(world, project),
        beside=tuple(sorted(os.listdir(here))),
        temporary=tuple(sorted(os.listdir(world.root / "tmp"))),
    )


def digests(folder: Path) -> dict[str, str]:
    found = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in UNSTEADY]
        for name in names:
            path = Path(parent, name)
            content = b"" if name == ".env" else path.read_bytes()
            found[str(path.relative_to(folder))] = sha256(content).hexdigest()
    return found


def _git_status(world: World, project: Path) -> str:
    if not (project / ".git").exists():
        return "no repository"
    command = ["git", "status", "--porcelain"]
    done = subprocess.run(
        command, cwd=project, env=world.environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def fault_of(scenario: Scenario, here: Path, *, before: State, after: State) -> str | None:
    """Return what is wrong with what an interrupted run left; None if it is as before, done, or has a log.

    ``before`` and ``after`` are the states around an undisturbed run.
    """
    project = here / PROJECT
    if [path.read_text() for path in (here / CANARY).rglob("*") if path.is_file()] != ["mine\n"]:
        return "something beside the project was changed"
    if scenario.makes_project:
        if not project.exists() or read_log(project / LOG) or _has_nothing_but_a_lock(project):
            return None
        return None if digests(project) == after.files else "it looks complete and is not"
    if read_log(project / LOG):
        return None
    files = {path: one for path, one in digests(project).items() if not _of_the_run(path)}
    if files in (before.files, after.files):
        return None
    return "files are neither those of before nor those of after, and nothing says so"


def _has_nothing_but_a_lock(project: Path) -> bool:
    found = (path.relative_to(project) for path in project.rglob("*") if path.is_file())
    return all(map(_of_the_run, found))


def _of_the_run(path: str | Path) -> bool:
    """Return whether a file is the lock, which nobody holds any more, or of a log that has no index."""
    return Path(path) == LOCK or Path(path).is_relative_to(LOG)


def difference(found: State, expected: State) -> str:
    """Return in what a state differs from the expected one."""
    for name in State.__dataclass_fields__:
        one, other = getattr(found, name), getattr(expected, name)
        if one != other:
            if isinstance(one, dict):
                one, other = one.items() - other.items(), other.items() - one.items()
            return f"{name}: {one!r} in place of {other!r}"[:300]
    return "nothing else"
