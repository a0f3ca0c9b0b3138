"""Runs that are disturbed at each of their steps on the disk: the first, then the second, and so on."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from flaskgen.commands.verbs.undo import undo
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import hold_project
from flaskgen.errors import FlaskgenError, Interrupted
from tests.effects.transaction.changes import Elsewhere, add_mail, create, remake

_MAKING = {"os.rename", "os.mkdir", "os.chmod", "os.link"}
_STEPS = _MAKING | {"os.remove", "os.rmdir"}


@dataclass(frozen=True)
class Outcome:
    """What came of a run that was disturbed."""

    here: Path
    """A copy of the directory, for this run alone."""
    code: int = 0
    """0 for a success, 1 for an error, -9 for a kill, 128 and its number for a signal."""
    message: str = ""
    notes: tuple[str, ...] = ()


def disturb(what: str, how: str, start: Path) -> list[Outcome]:
    """Run something again and again, each time disturbed at a later step, until it is undisturbed.

    ``how`` is "kill", "signal", "error" for a step that fails, or "errors" for all that follow as well.
    """
    command = [sys.executable, "-m", "tests.effects.transaction.steps", what, how, str(start)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = [Outcome(Path(one["here"]), one["code"], one["message"], tuple(one["notes"])) for one in found]
    assert len(outcomes) > 3
    return outcomes


def recover(project: Path, session: Session | None = None) -> None:
    with hold_project(project, session=session or Session()):
        pass


_RUNS: dict[str, Callable[[Path], object]] = {
    "change": add_mail,
    "failing change": lambda project: add_mail(project, fails=True),
    "freeze": lambda project: add_mail(project, title="freeze", undoable=False),
    "the eleventh": add_mail,
    "undo": undo,
    "undo remake": undo,
    "recover": recover,
    "remake": remake,
    "failing remake": lambda project: remake(project, fails=True),
    "new": lambda here: create(here / "shop", here / "environments/shop"),
    "failing new": lambda here: create(here / "shop", here / "environments/shop", fails=True),
}


def _disturb_at(number: int, how: str) -> Callable[[], bool]:
    """Disturb this process at the step of that number, until the returned function is called.

    It returns whether that step was reached.
    """
    steps = 0
    armed = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal steps
        writes = event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if not (armed and (writes or event in (_MAKING if how.startswith("error") else _STEPS))):
            return
        steps += 1
        if steps == number and how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif steps == number and how == "signal":
            os.kill(os.getpid(), signal.SIGTERM)
        elif (steps == number and how == "error") or (steps >= number and how == "errors"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), arguments[0])

    def end() -> bool:
        nonlocal armed
        armed = False
        return steps >= number

    sys.addaudithook(watch)
    return end


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


def _run(what: str, how: str, here: Path, number: int) -> bool:
    """Run it once in this process; return whether it was disturbed."""
    signal.signal(signal.SIGTERM, _stop)
    end = _disturb_at(number, how)
    outcome = Outcome(here)
    try:
        _RUNS[what](here)
    except (FlaskgenError, Elsewhere) as error:
        outcome = Outcome(here, 1, str(error), tuple(getattr(error, "__notes__", ())))
    except Interrupted as stop:
        outcome = Outcome(here, 128 + stop.signal_number, "", tuple(getattr(stop, "__notes__", ())))
    disturbed = end()
    print(json.dumps({**asdict(outcome), "here": str(here)}), flush=True)
    return disturbed


def main(what: str, how: str, start: Path) -> int:
    os.fsync = lambda fd: None  # which only a loss of power would tell, and which takes most of the time
    for number in range(1, 1000):
        here = start.with_name(f"{start.name}-{what.replace(' ', '-')}-{how}-{number}")
        shutil.copytree(start, here, symlinks=True)
        if (child := os.fork()) == 0:
            os._exit(8 if _run(what, how, here, number) else 0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended == -signal.SIGKILL:
            print(json.dumps({**asdict(Outcome(here, ended)), "here": str(here)}), flush=True)
        elif ended != 8:
            return ended
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
