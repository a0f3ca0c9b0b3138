from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from flaskgen.cli.main import error_boundary
from flaskgen.cli.terminal import say
from flaskgen.effects.system.interruptions import ENDING_SIGNALS
from flaskgen.errors import Drift, FlaskgenError, Interrupted, UsageError
from tests.cli.conftest import Invoke
from tests.sampling import sampled

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _logs_are_the_tests_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it is looked for again


def failing_with(error: BaseException) -> Callable[[list[str]], None]:
    def fail(_arguments: list[str]) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FlaskgenError("no", hint="yes"), 1),
        (UsageError("no", hint="yes"), 2),
        (Drift("no", hint="yes"), 4),
        (click.UsageError("no"), 2),
        (OSError(errno.ENOSPC, "No space left on device", "/full/file"), 1),
        (OSError(errno.EMFILE, "Too many open files"), 1),
        (shutil.Error([("/a", "/b", "[Errno 28] No space left on device: '/b'")]), 1),
        (shutil.Error([("/a", "/b", "[Errno 9] Bad file descriptor: '/b'")]), 3),
        (shutil.Error("`/a` and `/b` are the same file"), 3),
        (MemoryError(), 1),
        (RuntimeError("can't start new thread"), 1),
        (ImportError("x.so: cannot open shared object file: Permission denied"), 1),
        (ImportError("cannot import name 'x'"), 3),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        *((Interrupted(number), 128 + number) for number in ENDING_SIGNALS),
        (RuntimeError("oops"), 3),
        (OSError(errno.EBADF, "Bad file descriptor"), 3),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert error_boundary(failing_with(error), []) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err


def test_a_signal_that_a_library_cannot_clean_up_after_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    def run(_arguments: list[str]) -> None:
        with zipfile.ZipFile(io.BytesIO(), "w") as archive:
            archive.open("a", "w")
            raise Interrupted(signal.SIGTERM)

    assert error_boundary(run, []) == 128 + signal.SIGTERM
    assert capsys.readouterr().err == "error: stopped by SIGTERM\n"


def test_success_is_zero_and_a_code_is_passed_on() -> None:
    assert error_boundary(lambda _arguments: None, []) == 0
    assert error_boundary(lambda _arguments: 4, []) == 4


def test_an_error_is_a_line_with_a_hint_and_its_notes(capsys: pytest.CaptureFixture[str]) -> None:
    error = FlaskgenError("`blog` is not empty", hint="choose another name")
    error.add_note("what was created was removed")
    error_boundary(failing_with(error), [])
    assert capsys.readouterr().err == (
        "error: `blog` is not empty\nhint: choose another name\nnote: what was created was removed\n"
    )


def test_what_a_program_printed_does_not_look_like_further_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = FlaskgenError("make failed", hint="error: no rule\nhint: add one\r\nerror: stop")
    error_boundary(failing_with(error), [])
    assert capsys.readouterr().err == (
        "error: make failed\nhint: error: no rule\n  hint: add one\n  error: stop\n"
    )


def test_what_was_typed_is_shown_on_one_line_whatever_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    error = FlaskgenError("`a\x1b[2J\nerror: b\u202e\udcff\0` is no name", hint="x" * 5000)
    error_boundary(failing_with(error), [])
    first, second = capsys.readouterr().err.splitlines()
    assert first == r"error: `a\x1b[2J\nerror: b\u202e\udcff\x00` is no name"
    assert second == f"hint: {'x' * 500}...{'x' * 500}"


def test_with_json_it_is_an_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    error = UsageError("no", hint="yes")
    error.add_note("gone")
    error_boundary(failing_with(error), ["new", "--json"])
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "error": {"kind": "usage-error", "message": "no", "hint": "yes", "fix": None, "notes": ["gone"]}
    }
    assert printed.err == ""


def test_a_bug_is_one_line_and_a_log_with_the_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert error_boundary(failing_with(RuntimeError("oops")), []) == 3
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: a bug in flaskgen: RuntimeError: oops"
    (log,) = tmp_path.iterdir()
    assert hint == f"hint: please report it with the log {log}"
    assert "Traceback" in log.read_text()


def test_a_bug_is_told_also_where_no_log_can_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert error_boundary(failing_with(RuntimeError("oops")), []) == 3
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: a bug in flaskgen: RuntimeError: oops"
    assert "test_main.py:" in hint


def test_the_second_signal_is_ignored() -> None:
    def interrupted_twice(_arguments: list[str]) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)

    assert error_boundary(interrupted_twice, []) == 128 + signal.SIGINT


def test_the_version_is_told(flaskgen: Run) -> None:
    import flaskgen as package

    shown = flaskgen("--version")
    assert (shown.returncode, shown.stdout) == (0, f"flaskgen {package.__version__}\n")


def test_without_a_command_the_help_is_shown_as_wrong_usage(flaskgen: Run) -> None:
    shown = flaskgen()
    assert shown.returncode == 2
    assert shown.stderr == flaskgen("--help").stdout
    assert "error:" not in shown.stderr


@pytest.mark.parametrize("arguments", [["bogus"], ["new", "--bogus", "x"], ["--bogus"]])
def test_wrong_usage_points_to_the_help(invoke: Invoke, arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.code == 2
    assert "see `flaskgen" in result.only("hint")


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as pipe:
        shown = subprocess.run(
            [sys.executable, "-m", "flaskgen", "extensions"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            timeout=30,
        )
    assert (shown.returncode, shown.stderr) == (1, b"")  # what click does


@pytest.mark.e2e
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_log_on_a_full_disk_is_no_error(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        made = subprocess.run(
            [sys.executable, "-m", "flaskgen", "new", "shop", "--no-install", "--no-git"],
            stderr=full,
            cwd=tmp_path,
            timeout=60,
        )
    assert made.returncode == 0
    assert (tmp_path / "shop" / "pyproject.toml").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    sampled(
        [
            (["extensions", "--json"], 1, "error: No space left on device\n"),
            (["extensions", "nosuch", "--json"], 2, "error: `nosuch` is not an extension\n"),
        ],
        [(["extensions", "--json"], 1, "error: No space left on device\n")],
    ),
)
def test_without_room_for_json_the_error_is_a_line(arguments: list[str], code: int, error: str) -> None:
    with open("/dev/full", "w") as full:
        shown = subprocess.run(
            [sys.executable, "-m", "flaskgen", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert shown.returncode == code
    assert shown.stderr.startswith(error)
    assert "Traceback" not in shown.stderr


class FailsOnce(io.RawIOBase):
    """A file that has no room for the first line."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self._failed = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if not self._failed:
            self._failed = True
            raise OSError(errno.ENOSPC, "No space left on device")
        self.written.append(bytes(data))
        return len(data)


def test_a_line_that_could_not_be_written_comes_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    file = FailsOnce()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BufferedWriter(file), line_buffering=True))
    say("one")
    assert file.written == []
    say("two")
    assert b"".join(file.written) == b"one\ntwo\n"


@pytest.mark.parametrize("closed", sampled(["0", "1", "2"], ["2"]))
def test_a_stream_that_is_closed_is_no_error(closed: str, tmp_path: Path) -> None:
    shown = subprocess.run(
        ["sh", "-c", f'exec "$0" -m flaskgen new shop --no-install --no-git {closed}>&-', sys.executable],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert shown.returncode == 0
    assert "Traceback" not in shown.stderr
    assert (tmp_path / "shop" / "pyproject.toml").exists()


@pytest.mark.parametrize(
    "settings",
    sampled(
        [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}], [{"PYTHONIOENCODING": "ascii"}]
    ),
)
def test_an_encoding_without_the_signs_of_a_tree_is_no_error(flaskgen: Run, settings: dict[str, str]) -> None:
    shown = flaskgen("new", "shop", "--dry-run", "--yes", **settings)
    assert shown.returncode == 0, shown.stderr
    assert "pyproject.toml" in shown.stdout


_EOF_ERROR = """
import sys
from flaskgen.cli import main

def fail(arguments):
    def read(*_args, **_options):
        raise EOFError("marshal data too short")
    main.cli.invoke = read
    return main.cli.main(args=arguments, standalone_mode=False)

sys.exit(main.error_boundary(fail, ["freeze"]))
"""


def test_an_unexpected_end_of_a_file_is_a_bug_and_not_the_users_stop() -> None:
    shown = subprocess.run([sys.executable, "-c", _EOF_ERROR], capture_output=True, text=True, timeout=30)
    assert shown.returncode == 3
    assert "marshal data too short" in shown.stderr


_STOPPED_IMPORT = """
import sys, time
from flaskgen.cli.main import error_boundary
from flaskgen.cli.terminal import say

def run(arguments):
    import stopped_halfway
    time.sleep(600)

sys.exit(error_boundary(run, []))
"""


_STOPPED_IN_A_FINALIZER = """
import os, signal, time
from flaskgen.cli.main import error_boundary
from flaskgen.cli.terminal import say

class Stops:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)

def run(arguments):
    Stops()
    time.sleep(600)

print(error_boundary(run, []))
"""


def test_a_signal_in_a_finalizer_is_not_lost() -> None:
    command = [sys.executable, "-c", _STOPPED_IN_A_FINALIZER]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (shown.stdout, shown.stderr) == ("143\n", "error: stopped by SIGTERM\n")


def test_a_signal_during_an_import_waits_for_its_end(tmp_path: Path) -> None:
    """Left halfway, the import would hold a lock that background work then waits for, forever.

    Of several signals the first counts.
    """
    (tmp_path / "stopped_halfway.py").write_text(
        "import os, pathlib, signal, time\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(0.1)\n"
        "pathlib.Path('imported').touch()\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", _STOPPED_IMPORT], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert shown.returncode == 143
    assert "stopped by SIGTERM" in shown.stderr
    assert (tmp_path / "imported").exists()
