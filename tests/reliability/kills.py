"""Runs that are killed: at the n-th call of a kind that changes the disk, or at a random moment."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.scenarios import FLASKGEN, Scenario, World
from tests.reliability.state import difference, fault_of, state_of

MUTATING = (
    "mkdir,mkdirat,rmdir,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,"
    "write,pwrite64,copy_file_range,ftruncate,chmod,fchmod,fchmodat,execve"
)

STRACE = ("strace", "-f", "-qq")
"""Quicker with --seccomp-bpf, but then strace 6.1 passes over an injected signal and says nothing."""


OVER = ("is already a flaskgen project", "nothing to undo")
"""What the next run says if the killed one had done everything."""


class NotReached(Exception):
    """A run made fewer calls than the one before, and was not killed."""


@dataclass(frozen=True)
class Point:
    """Where a run is killed."""

    syscall: str
    number: int
    """The n-th call of its kind in any one process of the run."""

    def __str__(self) -> str:
        return f"{self.syscall} {self.number}"


@dataclass(frozen=True)
class Moment:
    """When a run is killed, with every process that it has started or without."""

    seconds: float
    whole_group: bool

    def __str__(self) -> str:
        return f"{'the group' if self.whole_group else 'flaskgen alone'} after {self.seconds:.3f} s"


class Harness:
    """Runs one scenario again and again in one directory, and says what each interruption led to."""

    def __init__(self, scenario: Scenario, world: World, folder: Path) -> None:
        self.scenario, self.world, self.folder = scenario, world, folder
        self.said = ""
        """What the last run under strace wrote to stderr."""
        scenario.prepare(world, folder)
        for _ in ("with cold caches", "with warm ones"):
            here = self.fresh()
            self.before = state_of(world, here)
            begun = time.monotonic()
            done = world.run(*scenario.arguments, cwd=scenario.cwd(here))
            assert done.returncode == 0, done.stderr
            self.seconds = time.monotonic() - begun
            self.after = state_of(world, here)

    def fresh(self) -> Path:
        """Return the directory as it was prepared, and an empty one for temporary files."""
        self.world.clear_temporary()
        return self.scenario.fresh(self.folder)

    def points(self, kinds: str = MUTATING) -> list[Point]:
        """List every call of these kinds, by kind and number, the most of any process."""
        here = self.fresh()
        log = self.folder / "calls"
        self.strace("--seccomp-bpf", "-o", str(log), "-e", f"trace={kinds}", here=here)
        return points_in(log.read_text(errors="replace"))

    def kill_at(self, where: Point | Moment) -> str | None:
        """Interrupt a run, look at what it left, run again, and return what is wrong, if anything is.

        Raises NotReached if the run was over before.
        """
        here = self.fresh()
        if isinstance(where, Point):
            inject = f"inject={where.syscall}:signal=KILL:when={where.number}"
            log = self.folder / "calls"
            self.strace("-o", str(log), "-e", f"trace={where.syscall}", "-e", inject, here=here)
            if "killed by SIGKILL" not in log.read_text(errors="replace"):
                raise NotReached
        else:
            self._kill_after(where, here)
        fault = fault_of(self.scenario, here, before=self.before, after=self.after)
        return fault or self.again(here)

    def again(self, here: Path) -> str | None:
        """Run the command once more: it does what it does undisturbed, or had done so before."""
        done = self.world.run(*self.scenario.arguments, cwd=self.scenario.cwd(here))
        found = state_of(self.world, here)
        over = any(words in done.stderr for words in OVER)
        if done.returncode != 0 and not (done.returncode == 1 and over):
            return f"the next run failed: {done.stderr.strip()}"
        return None if found == self.after else f"the next run leaves {difference(found, self.after)}"

    def strace(self, *options: str, here: Path) -> subprocess.CompletedProcess[str]:
        """Run the command under strace."""
        command = [*STRACE, *options, *FLASKGEN, *self.scenario.arguments]
        done = self.world.call(*command, cwd=self.scenario.cwd(here))
        self.said = done.stderr
        return done

    def _kill_after(self, moment: Moment, here: Path) -> None:
        run = self.world.start(*self.scenario.arguments, cwd=self.scenario.cwd(here))
        time.sleep(moment.seconds)
        if moment.whole_group:
            os.killpg(run.pid, signal.SIGKILL)
        else:
            run.kill()
        run.communicate()
        if run.returncode == 0:
            raise NotReached


def points_in(log: str) -> list[Point]:
    """List the calls of a log of strace by kind and number: of each kind the most that one process makes."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in log.splitlines():
        if call := re.match(r"(\d+) +([a-z0-9_]+)\(", line):
            counts[call[1], call[2]] += 1
    most: dict[str, int] = {}
    for (_, name), count in counts.items():
        most[name] = max(most.get(name, 0), count)
    return [Point(name, number) for name, count in sorted(most.items()) for number in range(1, count + 1)]


def evenly(points: list[Point], number: int) -> list[Point]:
    """Choose so many points, spread over all."""
    if number >= len(points):
        return points
    return [points[round(index * (len(points) - 1) / max(1, number - 1))] for index in range(number)]


def moments(seconds: float, number: int, *, seed: int = 0) -> Iterator[Moment]:
    """Yield random moments of a run of so many seconds, every other one with all its processes."""
    chance = random.Random(seed)
    for index in range(number):
        yield Moment(chance.uniform(0.02, seconds), whole_group=index % 2 == 0)


def has_strace() -> bool:
    return shutil.which("strace") is not None
