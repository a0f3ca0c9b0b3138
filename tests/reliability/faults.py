"""Runs to which the system says no: the n-th call of a kind fails, or the disk is full."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from itertools import islice

from tests.mounts import mounted
from tests.reliability.kills import Harness, Point, evenly
from tests.reliability.state import State, difference, state_of

ERRORS = ("ENOSPC", "EIO", "EACCES", "EDQUOT")
FAILING = "mkdir,mkdirat,rename,renameat2,link,linkat,symlink,write,ftruncate,fchmod,chmod,fsync"
"""Calls that such an error can come from: those that take away what was made need no room, and where a file
cannot be opened for reading, Python itself may fail before flaskgen is there."""


RESTORING = "cannot restore the environment"
"""What a run says if uv, a process of its own, met the error as well when it was to put packages back."""
INCOMPLETE = ("the next flaskgen command here tries again", "is incomplete: run the command again")
"""What a run says that could not put everything back."""


@dataclass(frozen=True)
class Fault:
    """An error that the n-th call of a kind gives, in each process of the run."""

    point: Point
    error: str
    lasting: bool = False
    """Whether all calls that follow fail as well, also those of the roll-back."""

    def __str__(self) -> str:
        return f"{self.error} {'from' if self.lasting else 'at'} {self.point}"


def faults(points: list[Point], number: int) -> list[Fault]:
    """Choose points that are spread over all, and return each of them the next of the errors.

    If there are fewer points, each has its turn again, with another error. Every third error lasts, unless it
    is one of writing: then nobody could be told of it.
    """
    chosen = evenly(points, number)
    every = (
        Fault(
            point,
            ERRORS[(index + turn) % len(ERRORS)],
            lasting=(index + turn) % 3 == 2 and point.syscall != "write",
        )
        for turn in range(len(ERRORS))
        for index, point in enumerate(chosen)
    )
    return list(islice(every, number))


def fail_at(harness: Harness, fault: Fault) -> str | None:
    """Return one run the error, and say what is wrong with how it takes it; None if nothing is.

    It may get along without the call, or fail with everything as it was before. If the error lasts, or meets
    uv as it restores packages, the run may be unable to put everything back: then it says so, and the next
    run does.
    """
    here = harness.fresh()
    when = f"{fault.point.number}{'+' if fault.lasting else ''}"
    inject = f"inject={fault.point.syscall}:error={fault.error}:when={when}"
    options = ["--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={fault.point.syscall}", "-e", inject]
    done = harness.strace(*options, here=here)
    found = state_of(harness.world, here)
    meets_all = fault.lasting or RESTORING in done.stderr
    if meets_all and done.returncode == 1 and any(words in done.stderr for words in INCOMPLETE):
        if found == harness.before:
            return f"nothing is left, but it says {done.stderr}"
        return harness.again(here)
    return judge(done, found, before=harness.before, after=harness.after)


def judge(done: subprocess.CompletedProcess[str], found: State, *, before: State, after: State) -> str | None:
    """Return what is wrong with a run that met an error."""
    if "Traceback" in done.stderr:
        return done.stderr
    if done.returncode == 0:
        return None if found == after else f"it succeeded, but there is {difference(found, after)}"
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    if done.returncode != 1 or len(told) != 1:
        return f"exit code {done.returncode}: {done.stderr}"
    return (
        None
        if found == before
        else f"something is left after `{done.stderr.strip()}`: {difference(found, before)}"
    )


def fill_disk(harness: Harness, kilobytes: int) -> tuple[str | None, bool]:
    """Run where there is little room: what is wrong, if anything is, and whether the run succeeded."""
    scenario, world = harness.scenario, harness.world
    with mounted(harness.folder / "disk", f"size={kilobytes}k") as disk:
        shutil.copytree(harness.folder / "kept", disk / "here", symlinks=True)
        done = world.run(*scenario.arguments, cwd=scenario.cwd(disk / "here"))
        found = state_of(world, disk / "here")
    return judge(done, found, before=harness.before, after=harness.after), done.returncode == 0
