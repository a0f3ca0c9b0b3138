"""Start an application that flaskgen did not make, in a copy of the project and without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.effects.python.environments import Environment, create_environment, read_environment
from flaskgen.effects.python.verification import find_answer, make_mark
from flaskgen.effects.system.environment import activated, child_environment
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Completed, Session
from flaskgen.errors import CommandFailed, TimeLimitReached
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.entry_points import EntryPoint
from flaskgen.reporting import how_it_ended

_TIME_LIMIT = 30  # seconds for an application to start and answer
TOO_LONG = "it did not start within"
NO_TESTS = "pytest cannot run them"
_TESTS_LIMIT = 300  # seconds
_LARGEST = 20 << 20  # bytes of a file that is copied
_NO_NETWORK = ("sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh")
# pytest's line, and unittest's.
_CLOSING = re.compile(
    r"^(?:=* ?(\d+ (?:passed|failed|errors?)\b.*?) ?=*|(Ran [1-9]\d* tests?) in .*(?:\s+FAILED \((.+)\))?)$",
    re.MULTILINE,
)
_NO_SUCH_FILE = re.compile(r"FileNotFoundError: .+: '(.+)'")


class Started(NamedTuple):
    """What came of starting an application."""

    started: bool = False
    status: int | None = None
    """What it answered; None if it did not."""
    error: str | None = None
    """``KeyError: 'SECRET_KEY'``"""
    traceback: str = ""
    frames: tuple[tuple[str, int], ...] = ()
    """The file and the line of each call, the outermost first; those of the project are relative to it."""
    written: tuple[str, ...] = ()
    """Files that the application wrote or changed."""
    answers: Mapping[str, Sequence[str]] = {}
    """Of each route without parameters, if asked for: ``200 text/html``, and a digest of the page."""

    @property
    def place(self) -> str | None:
        """The innermost line of the project that took part in the error: ``shop/views.py:12``."""
        own = [f"{file}:{line}" for file, line in self.frames if not os.path.isabs(file) and file[:1] != "<"]
        return own[-1] if own else None


@contextmanager
def copied_project(project: Path, paths: Iterable[PurePosixPath]) -> Iterator[Path]:
    """Return a copy of a project's files, in which its code runs: what it writes does not stay."""
    with scratch_folder() as directory:
        copy = directory / project.name
        copy.mkdir()
        for path in paths:
            source = project / path
            if source.is_file() and source.stat().st_size <= _LARGEST:
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy / path)
        yield copy


def prepare_environment(
    path: Path, interpreter: Interpreter, *, prompt: str, session: Session
) -> Environment:
    """Return an environment of an interpreter: that which an attempt has made with it, or an empty one."""
    if path.exists():
        environment = read_environment(path)
        if environment.interpreter.version == interpreter.version:
            return environment
        shutil.rmtree(path)
    return create_environment(path, interpreter, prompt=prompt, session=session)


class Sandbox(NamedTuple):
    """A copy of a project, and the interpreter that runs its code there."""

    copy: Path
    python: Path
    session: Session

    def run(
        self, command: Sequence[str], root: PurePosixPath, variables: Mapping[str, str], time_limit: float
    ) -> Completed:
        """Run Python in a directory of the copy. Raises TimeLimitReached or CommandFailed."""
        environment = {
            **activated(self.python, child_environment()),
            **dict.fromkeys(("HOME", "USERPROFILE"), str(self.copy.parent)),
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        return self.session.run(
            [*no_network(self.session), self.python, *command],
            cwd=self.copy / root,
            environment=environment,
            time_limit=time_limit,
            check=False,
        )


def start_application(
    sandbox: Sandbox, entry: EntryPoint, variables: Mapping[str, str], *, routes: bool
) -> Started:
    """Import the application of a copied project, and request its home page, or all ``routes``."""
    copy = sandbox.copy
    before = _seen(copy)
    mark = make_mark()
    request = {
        **{"module": entry.module, "name": entry.name, "factory": entry.factory, "argument": entry.argument},
        **{"roots": list(dict.fromkeys((str(copy / entry.root), str(copy)))), "routes": routes},
    }
    command = ["-W", "ignore", "-c", _inside(), mark, json.dumps(request)]
    try:
        completed = sandbox.run(command, entry.root, variables, _TIME_LIMIT)
    except TimeLimitReached:
        return Started(error=f"{TOO_LONG} {_TIME_LIMIT} seconds")
    except CommandFailed as error:
        return Started(error=error.message)
    after = _seen(copy)
    written = tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path)))
    answer = find_answer(completed.stdout, mark)
    if answer is not None:
        frames = tuple((_relative(file, copy), number or 0) for file, number in answer.pop("frames"))
        said = answer["error"] and answer["error"].replace(f"{copy}{os.sep}", "")
        if said and said.startswith("SystemExit"):
            said += _last_line(completed.stderr)  # why, as an application tells a person
        return Started(**answer | {"error": said, "frames": frames, "written": written})
    ended = f"it {how_it_ended(completed.returncode)}{_last_line(completed.stderr)}"
    return Started(error=ended, traceback=completed.stderr, written=written)


def _last_line(printed: str) -> str:
    """Return what was printed last, as the rest of a sentence."""
    lines = printed.strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def make_missing_directory(copy: Path, root: PurePosixPath, error: str) -> PurePosixPath | None:
    """Make the directory of a copied project that an application lacks, such as ``logs``, and return it."""
    found = _NO_SUCH_FILE.match(error)
    directory = Path(os.path.normpath(copy / root / found[1])).parent if found else copy
    if directory.exists() or copy not in directory.parents:
        return None
    directory.mkdir(parents=True)
    return PurePosixPath(directory.relative_to(copy))


def run_tests(
    sandbox: Sandbox, commands: Iterable[tuple[str, ...]], root: PurePosixPath, variables: Mapping[str, str]
) -> tuple[bool, str, str] | None:
    """Run the tests of a copied project by the first command that finds some; None if none does.

    Return whether they pass, their closing line, or why there is none, and all that they print.
    """
    for command in commands:
        try:
            completed = sandbox.run(command, root, variables, _TESTS_LIMIT)
        except CommandFailed as error:
            return False, error.message, ""
        printed = completed.stdout + completed.stderr
        if lines := _CLOSING.findall(printed):
            *closing, failures = lines[-1]
            return completed.returncode == 0, ", ".join(filter(None, (*closing, failures))), printed
        if "pytest" in command and completed.returncode not in (0, 5):  # 5: there are none
            errors = [line for line in printed.splitlines() if "error" in line.lower()]
            return False, f"{NO_TESTS}{_last_line(errors[-1] if errors else printed)}", printed
    return None


@cache
def no_network(session: Session) -> tuple[str, ...]:
    """Return what a command begins with to run without a network; nothing if the system has no such thing."""
    for flags in ("-n", "-rn"):
        try:
            session.run(["unshare", flags, "true"])
        except CommandFailed:
            continue
        return ("unshare", flags, *_NO_NETWORK)
    return ()


def _seen(copy: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for directory, _, names in os.walk(copy):
        for name in names:
            path = os.path.join(directory, name)
            state = os.lstat(path)
            found[os.path.relpath(path, copy)] = (state.st_size, state.st_mtime_ns)
    return found


def _relative(file: str, copy: Path) -> str:
    real = os.path.realpath(file) if os.path.isabs(file) else file
    return os.path.relpath(real, copy) if real.startswith(f"{os.path.realpath(copy)}{os.sep}") else file


@cache
def _inside() -> str:
    return Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
