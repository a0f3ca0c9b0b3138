"""Run other programs: the only place that does."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO
from weakref import WeakSet

from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.errors import CommandFailed
from flaskgen.planning.packages.sources import redact
from flaskgen.reporting import Reporter

# What a child needs to find its files and to speak the user's language. Everything else of the surroundings
# is left out, because PIP_TARGET, PYTHONPATH, UV_CONFIG_FILE and their like change what is installed and
# still exit 0.
INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "NO_COLOR",
    "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
    "UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
    "PROGRAMDATA", "PROGRAMFILES",
)  # fmt: skip

# Children run in folders of their own, where a relative path would mean another place.
_PATHS = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "NETRC")

_GRACE = 0.5  # seconds for a child to put away its temporary files

_running: set[subprocess.Popen[str]] = set()
_kept_open: set[int] = set()
_given_up: WeakSet[threading.Thread] = WeakSet()
_guard = threading.Lock()


@dataclass(frozen=True)
class Completed:
    """What a program gave back."""

    returncode: int
    stdout: str
    stderr: str


def child_environment(extra: Mapping[str, str] = {}) -> dict[str, str]:
    """Give the allow-listed environment that children run in, with ``extra`` on top."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    paths = {name: os.path.abspath(inherited[name]) for name in _PATHS if inherited.get(name)}
    return inherited | paths | dict(extra)


def run(
    arguments: Sequence[str | Path],
    *,
    reporter: Reporter,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> Completed:
    """Run a program to its end without a shell or standard input, and give what it printed.

    ``environment`` is the whole environment (default: the allow-listed one). Raises CommandFailed when
    the program cannot be started, was ended by ``stop_children``, or exits other than 0 and ``check`` is
    set; its output is in the hint. What is reported is without the passwords of URLs. Interrupted, it
    ends the program and all that the program started before it lets the interruption pass.
    """
    command = [str(argument) for argument in arguments]
    reporter.command([redact(argument) for argument in command])
    child = _start(command, cwd, dict(environment) if environment is not None else child_environment())
    readers: list[threading.Thread] = []
    try:
        stdout, stderr = _read(child, readers, reporter)
    except BaseException:
        _end([child])
        raise
    finally:
        _running.discard(child)
        _close(child, readers)
    if threading.current_thread() in _given_up:
        raise CommandFailed(f"{Path(command[0]).name} was stopped")
    if check and child.returncode != 0:
        tail = "\n".join(redact(stderr or stdout).strip().splitlines()[-15:])
        raise CommandFailed(f"{Path(command[0]).name} failed with exit code {child.returncode}", hint=tail)
    return Completed(child.returncode, stdout, stderr)


def keep_open(descriptor: int) -> None:
    """Let the programs that are started from now on have a descriptor too, until they end."""
    _kept_open.add(descriptor)


def let_go(descriptor: int) -> None:
    """Let what is started from now on go without it again."""
    _kept_open.discard(descriptor)


def stop_children() -> None:
    """End the programs that other threads run; what those threads would run next is not started."""
    with _guard:
        _given_up.update(set(threading.enumerate()) - {threading.current_thread()})
        children = list(_running)
    _end(children)


def _start(command: list[str], cwd: Path | None, environment: dict[str, str]) -> subprocess.Popen[str]:
    with _guard:  # so that stop_children sees a child, or else keeps it from being started
        if threading.current_thread() in _given_up:
            raise CommandFailed(f"{Path(command[0]).name} was not started: the run was stopped")
        try:
            # A session of its own: Ctrl-C at the terminal reaches flaskgen alone, which then ends the
            # child and its children as one group.
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                pass_fds=tuple(_kept_open),
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise CommandFailed(f"cannot run {command[0]}: {error.strerror}") from error
        _running.add(child)
        return child


def _read(
    child: subprocess.Popen[str], readers: list[threading.Thread], reporter: Reporter
) -> tuple[str, str]:
    """Read both pipes to their ends, and report each line as it comes, from this thread."""
    arrived: SimpleQueue[tuple[int, str]] = SimpleQueue()
    printed: tuple[list[str], list[str]] = ([], [])

    def forward(number: int, pipe: IO[str]) -> None:
        for line in pipe:
            arrived.put((number, line))
        arrived.put((number, ""))

    for number, pipe in enumerate(_pipes(child)):
        reader = threading.Thread(target=forward, args=(number, pipe), daemon=True)
        with interruptions_held():  # a reader that is not known keeps its pipe from being closed in time
            reader.start()  # which fails without memory
            readers.append(reader)
    ended = 0
    while ended < len(readers):
        number, line = arrived.get()
        if line:
            printed[number].append(line)
            reporter.output(redact(line.rstrip("\r\n")))
        else:
            ended += 1
    child.wait()
    return "".join(printed[0]), "".join(printed[1])


def _pipes(child: subprocess.Popen[str]) -> list[IO[str]]:
    return [pipe for pipe in (child.stdout, child.stderr) if pipe is not None]


def _close(child: subprocess.Popen[str], readers: Sequence[threading.Thread]) -> None:
    for reader in readers:
        reader.join(_GRACE)
    # A reader that still waits is held by a process that left the group, and closing would wait with it.
    if not any(reader.is_alive() for reader in readers):
        for pipe in _pipes(child):
            pipe.close()


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
