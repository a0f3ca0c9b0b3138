"""One run of flaskgen: who hears of it, the programs that it starts, and its work in the background."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast
from weakref import WeakSet

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.limits import IN_FORCE
from flaskgen.errors import CommandFailed, TimeLimitReached
from flaskgen.planning.packages.sources import redact
from flaskgen.reporting import advice_after, how_it_ended

_GRACE = 0.5  # seconds for a child to put away its temporary files
_WORKERS = 2
Result = TypeVar("Result")


class Reporter:
    """Time the steps, keep notes and warnings, and show nothing; others show more."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.steps: list[dict[str, str | float]] = []
        """The steps that were finished, with the seconds that each took, as JSON has them."""
        self._begun: float | None = None

    @property
    def seconds(self) -> float:
        """The time since the first step began."""
        return 0.0 if self._begun is None else time.perf_counter() - self._begun

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Enter while the step lasts; an exception that leaves the block marks the step as failed."""
        started = time.perf_counter()
        self._begun = self._begun or started
        self._begin(title)
        try:
            yield
        except BaseException:
            self._fail(title, time.perf_counter() - started)
            raise
        seconds = time.perf_counter() - started
        self.steps.append({"title": title, "seconds": round(seconds, 3)})
        self._finish(title, seconds)

    def _begin(self, title: str) -> None:
        """Show that a step has begun."""

    def _finish(self, title: str, seconds: float) -> None:
        """Show that it is done."""

    def _fail(self, title: str, seconds: float) -> None:
        """Show that it failed."""

    def note(self, message: str) -> None:
        """Keep what follows from the user's choice, if nothing is wrong."""
        self.notes.append(message)

    def warn(self, message: str) -> None:
        """Keep a problem that does not stop the run."""
        self.warnings.append(message)

    def command(self, arguments: list[str]) -> None:
        """Say which program is about to be run."""

    def output(self, text: str) -> None:
        """Say a line that a program printed."""


class Completed(NamedTuple):
    returncode: int
    """Negative where a signal ended it: the signal's number."""
    stdout: str
    stderr: str


class Complete(Protocol):
    """Gives a program that waits its standard input, and waits for its end as ``Session.run`` does."""

    def __call__(self, text: str, *, time_limit: float | None = ..., check: bool = ...) -> Completed: ...


class Work(Generic[Result]):
    def __init__(self, function: Callable[[], Result]) -> None:
        self._function = function
        self._outcome: Result | BaseException | None = None
        self._failed = False
        self._pending = threading.Lock()
        self._pending.acquire()

    def run(self) -> None:
        try:
            self._outcome = self._function()
        except BaseException as error:
            self._outcome, self._failed = error, True
        self._pending.release()

    def wait(self) -> None:
        with self._pending:
            pass

    def result(self) -> Result:
        """Wait until the work is done, and return its result or raise its error."""
        self.wait()
        if self._failed:
            raise cast("BaseException", self._outcome)
        return cast("Result", self._outcome)


class Background:
    """Starts work whose result is asked for later, two at a time.

    It is no ThreadPoolExecutor: that takes its locks in Python code, and a signal that raises right then
    leaves one locked, for which the run waits forever. A Lock and a SimpleQueue are safe from signals.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Work[Any] | None] = SimpleQueue()
        self._works: list[Work[Any]] = []
        self._threads: list[threading.Thread] = []

    def start(self, function: Callable[[], Result]) -> Work[Result]:
        work = Work(function)
        with interruptions_held():
            self._works.append(work)
            self._waiting.put(work)
            if len(self._threads) < _WORKERS:
                thread = threading.Thread(target=self._run_all, daemon=True)
                thread.start()
                self._threads.append(thread)
        return work

    def finish(self, *, cancel: bool = False) -> None:
        """Wait until everything is done, or with ``cancel``, until what has begun is."""
        cancelled = []
        with suppress(Empty):
            while cancel:
                cancelled.append(self._waiting.get_nowait())
        for work in self._works:  # not for the threads: a join that is interrupted takes them for ended
            if work not in cancelled:
                work.wait()
        for _ in self._threads:
            self._waiting.put(None)

    def _run_all(self) -> None:
        while work := self._waiting.get():
            work.run()


class Session:
    """What the parts of one run share: the reporter, the children, and the descriptors that these inherit.

    It is the only place that starts programs.
    """

    def __init__(self, reporter: Reporter | None = None) -> None:
        self.reporter: Reporter = reporter or Reporter()
        self._running: set[subprocess.Popen[str]] = set()
        self.inherited: set[int] = set()
        """Descriptors that programs which are started from now on get as well."""
        self.committed: str | None = None
        """The last change that this run completed, as it was typed."""
        self.restore: Callable[[Any], None] | None = None
        """Gives the environment of the project that is held the packages back that a change took."""
        self._stopped: WeakSet[threading.Thread] = WeakSet()
        self._guard = threading.Lock()

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        time_limit: float | None = None,
        check: bool = True,
    ) -> Completed:
        """Run a program to its end without a shell or standard input, and return what it printed.

        ``environment`` is the whole environment (default: the allow-listed one). Raises CommandFailed if
        the program cannot be started, was ended by ``stop_children``, or exits other than 0 and ``check`` is
        set; its output is in the hint. Raises TimeLimitReached after ``time_limit`` seconds. What is reported
        is without the passwords of URLs. Interrupted, and at the time limit, it ends the program and all that
        the program started before it raises.
        """
        started: list[subprocess.Popen[str]] = []
        try:  # not by `started`: a signal on the way into its block would leave the program running
            command = self._start(arguments, cwd, environment, started)
            return self._complete(started[0], command, None, time_limit=time_limit, check=check)
        finally:
            self._leave(started)

    @contextmanager
    def started(
        self,
        arguments: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[Complete]:
        """Start a program that waits for its standard input, and return what gives it that, and then runs it
        to its end.

        It is ended, with all that it started, if that has not happened when the block is left.
        """
        started: list[subprocess.Popen[str]] = []
        try:
            command = self._start(arguments, cwd, environment, started)
            yield partial(self._complete, started[0], command)
        finally:
            self._leave(started)

    @contextmanager
    def background(self) -> Iterator[Background]:
        """Return a place for work beside the main thread.

        If the block fails, the programs of that work are stopped before the block is left: work that outlived
        it would make files while others are removed.
        """
        background = Background()
        try:
            yield background
            background.finish()
        except BaseException:
            with interruptions_held():
                self.stop_children()
                background.finish(cancel=True)
            raise

    def stop_children(self) -> None:
        """End the programs that other threads run; what those threads would run next is not started."""
        with self._guard:
            self._stopped.update(set(threading.enumerate()) - {threading.current_thread()})
            children = list(self._running)
        _end(children)

    def _start(
        self,
        arguments: Sequence[str | Path],
        cwd: Path | None,
        environment: Mapping[str, str] | None,
        started: list[subprocess.Popen[str]],
    ) -> list[str]:
        """Start a program, note it in ``started`` at once, and return its command line."""
        command = [str(argument) for argument in arguments]
        self.reporter.command([redact(argument) for argument in command])
        # A child that is not known yet would live on after an interruption, or after stop_children.
        with IN_FORCE, interruptions_held(), self._guard:
            if threading.current_thread() in self._stopped:
                raise CommandFailed(f"{_name(command)} was not started: the run was stopped")
            try:
                # A session of its own: Ctrl-C at the terminal reaches flaskgen alone, which then ends the
                # child and its children as one group.
                child = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=child_environment() if environment is None else dict(environment),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                    pass_fds=tuple(self.inherited),
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                )
            except OSError as error:
                raise CommandFailed(f"cannot run {command[0]}: {error.strerror}") from error
            started.append(child)
            self._running.add(child)
        return command

    def _complete(
        self,
        child: subprocess.Popen[str],
        command: Sequence[str],
        text: str | None,
        *,
        time_limit: float | None = None,
        check: bool = True,
    ) -> Completed:
        try:
            stdout, stderr = child.communicate(text, timeout=time_limit)
        except subprocess.TimeoutExpired:
            raise TimeLimitReached(f"{_name(command)} did not end within {time_limit:g} s") from None
        for line in (stdout + stderr).splitlines():
            self.reporter.output(redact(line))
        if threading.current_thread() in self._stopped:
            raise CommandFailed(f"{_name(command)} was stopped")
        if check and child.returncode != 0:
            tail = "\n".join(redact(stderr or stdout).strip().splitlines()[-15:])
            hint = advice_after(child.returncode) if child.returncode < 0 else tail
            raise CommandFailed(f"{_name(command)} {how_it_ended(child.returncode)}", hint=hint)
        return Completed(child.returncode, stdout, stderr)

    def _leave(self, started: Sequence[subprocess.Popen[str]]) -> None:
        """End what has not ended, and forget it."""
        _end([child for child in started if child.returncode is None])
        for child in started:
            self._running.discard(child)
            for pipe in filter(None, (child.stdin, child.stdout, child.stderr)):
                with suppress(OSError):
                    pipe.close()


def _name(command: Sequence[str]) -> str:
    return Path(command[0]).name


def _end(children: Sequence[subprocess.Popen[str]]) -> None:
    """End children and every process in their groups: asked at first, and after a moment forced."""
    try:
        for child in children:
            _signal_group(child, signal.SIGTERM)
        for child in children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE / len(children))
    finally:  # also where a second interruption ends the wait
        for child in children:
            _signal_group(child, getattr(signal, "SIGKILL", signal.SIGTERM))
            child.wait()


def _signal_group(child: subprocess.Popen[str], number: int) -> None:
    if os.name == "nt":
        child.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)  # the leader of a session has the number of its group
