"""Several runs at once, on one destination and on different ones."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.reliability.scenarios import NEW, PROJECT, World
from tests.reliability.state import State, state_of


def race(world: World, folder: Path, *, runs: int, expected: State) -> str | None:
    """Start runs on one destination at the same time: one wins, the rest say why not."""
    here = folder / "here"
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(folder / "kept", here)
    ended = _finish([_start(world, here, PROJECT) for _ in range(runs)])
    winners = [code for code, _ in ended if code == 0]
    if len(winners) != 1:
        return f"{len(winners)} winners: {ended}"
    for code, stderr in ended:
        reasons = ("another flaskgen is creating", "already")
        if code != 0 and (code != 1 or not any(reason in stderr for reason in reasons)):
            return f"exit code {code}: {stderr}"
    found = state_of(world, here)
    return None if found == expected else f"the winner's project is not whole: {found}"[:600]


def side_by_side(world: World, folder: Path, *, runs: int) -> str | None:
    """Start runs on different destinations with empty caches: all win."""
    here = folder / "here"
    for path in (here, world.root / "cache"):
        shutil.rmtree(path, ignore_errors=True)
    here.mkdir()
    ended = _finish([_start(world, here, f"{PROJECT}-{number}") for number in range(runs)])
    if failed := [stderr for code, stderr in ended if code != 0]:
        return failed[0]
    for number in range(runs):
        done = world.run("freeze", "--check", cwd=here / f"{PROJECT}-{number}")
        if done.returncode != 0:
            return done.stderr
    return None


def _start(world: World, here: Path, name: str) -> subprocess.Popen[str]:
    return world.start(NEW[0], name, *NEW[2:], cwd=here)


def _finish(runs: list[subprocess.Popen[str]]) -> list[tuple[int, str]]:
    return [(run.returncode, stderr) for run in runs for _, stderr in [run.communicate(timeout=300)]]
