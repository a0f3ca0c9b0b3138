"""The `flaskgen` command: its subcommands, loaded when they are used, and the one error boundary."""

from __future__ import annotations

import errno
import importlib
import io
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

import click

from flaskgen import __version__
from flaskgen.cli.questions import Declined
from flaskgen.cli.terminal import COMPLETING, end_output, one_line, say, wants_colour
from flaskgen.effects.system.interruptions import ENDING_SIGNALS
from flaskgen.errors import DISK_FAULTS, FlaskgenError, Interrupted, UsageError, advice_on

# Help of each subcommand, so that `flaskgen --help` imports none of them.
_SUBCOMMANDS = {
    "new": "Create a Flask project.",
    "add": "Add extensions to a project.",
    "remove": "Remove extensions, or what was generated.",
    "option": "Change an option of an extension.",
    "generate": "Generate resources, pages and commands.",
    "undo": "Undo the last change to a project.",
    "update": "Update a project to the current templates.",
    "upgrade": "Upgrade Flask, Python and the packages of a project.",
    "freeze": "Write the installed packages to requirements.txt.",
    "doctor": "Find what breaks a Flask project.",
    "rescue": "Make an old Flask project start again.",
    "extensions": "List the available extensions.",
    "extension": "Create or check an extension of your own.",
    "versions": "List Flask versions and what they work with.",
    "constraints": "Print a pip constraints file for a Flask version.",
    "schema": "Print the JSON Schema of flaskgen's JSON.",
    "config": "Show your defaults, and where they are set.",
    "completion": "Print the completion script of a shell.",
}
_MODULES = {
    **dict.fromkeys(("add", "remove", "option", "undo", "update"), "change"),
    **{"constraints": "versions", "extension": "extensions", "config": "configuration"},
}
"""Where a subcommand is that has not a module of its name."""

_BUG = 3
# Anything that touches the disk or starts a program can raise these; they say all there is to say.
_FAULTS = DISK_FAULTS | {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENAMETOOLONG}
_A_MOMENT = 0.01  # seconds


class LazyGroup(click.Group):
    """A group whose subcommands are functions in modules of flaskgen.cli, by their names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUBCOMMANDS:
            if ctx.resilient_parsing:
                return None
            raise click.exceptions.NoSuchCommand(cmd_name, possibilities=_SUBCOMMANDS, ctx=ctx)
        from flaskgen.cli.configuration import accept_configuration

        module = _MODULES.get(cmd_name, cmd_name)
        command = getattr(importlib.import_module(f"flaskgen.cli.{module}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - what each of the modules has
        command.short_help = _SUBCOMMANDS[cmd_name]
        return accept_configuration(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUBCOMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flaskgen", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Scaffold Flask projects that run, are tested, and are pinned to versions known to work together."""
    context.color = wants_colour()


def main(arguments: list[str] | None = None) -> None:
    if COMPLETING in os.environ:
        importlib.import_module("flaskgen.cli.completion")
    run = partial(cli.main, prog_name="flaskgen", standalone_mode=False)
    code = error_boundary(run, arguments if arguments is not None else sys.argv[1:])
    end_output()
    sys.exit(code)


def error_boundary(run: Callable[[list[str]], Any], arguments: list[str]) -> int:
    """Run the command line and return its exit code; nothing else gets past.

    0 done; 1 an expected failure, or declined; 2 wrong usage; 3 a bug; 4 drift; 128 plus the signal's number.
    """
    _raise_on_signals()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what the terminal's encoding does not have is a `?`
    try:
        result = run(arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return error.exit_code
    except Declined:  # nothing went wrong
        say("Nothing was changed.")
        return 1
    except (Exception, KeyboardInterrupt, Interrupted) as error:
        failure = _failure_of(error)
        _show(error, failure, arguments)
        return failure.code
    return result if isinstance(result, int) else 0


class _Failure(NamedTuple):
    """What is said of an error, and the exit code."""

    kind: str
    message: str
    hint: str | None
    code: int


def _failure_of(error: BaseException) -> _Failure:
    if isinstance(error, FlaskgenError):
        return _Failure(error.kind, error.message, error.hint, error.exit_code)
    if isinstance(error, click.ClickException):
        said = error.format_message()
        message = said[:1].lower() + said[1:].removesuffix(".")  # as ours are written
        hint = None
        if isinstance(error, click.UsageError):
            hint = f"see `{error.ctx.command_path if error.ctx else 'flaskgen'} --help`"
        return _Failure(UsageError.kind, message, hint, error.exit_code)
    if isinstance(error, click.Abort | KeyboardInterrupt):
        cause = error.__cause__
        # click takes every EOFError for the end of a person's input
        return _bug(cause) if isinstance(cause, EOFError) else _stop(signal.SIGINT)
    if fault := _fault_of_the_machine(error):
        again = "fix that, and try again"
        hint = advice_on(error, again) if isinstance(error, OSError) else again
        return _Failure("machine", fault, hint, FlaskgenError.exit_code)
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, Interrupted):
        behind = behind.__context__  # a signal can arrive where a library cannot stop: its cleanup fails then
    return _stop(behind.signal_number) if behind else _bug(error)


def _stop(number: int) -> _Failure:
    return _Failure("interrupted", f"stopped by {signal.Signals(number).name}", None, 128 + number)


def _bug(error: BaseException) -> _Failure:
    message = f"a bug in flaskgen: {type(error).__name__}: {error}"
    return _Failure("bug", message, f"please report it with {_keep_log(error)}", _BUG)


def _fault_of_the_machine(error: BaseException) -> str | None:
    """Return what the machine lacks; None if the bug is in flaskgen."""
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return "there is not enough memory"
    if isinstance(error, ImportError) and _names_fault(str(error)):
        return str(error)  # as the loader of compiled modules words it
    if not isinstance(error, OSError):
        return None
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):  # what `copytree` could not copy
        path, _, said = error.args[0][0]
        return f"cannot copy `{path}`: {said.partition('] ')[2]}" if _names_fault(said) else None
    if error.errno not in _FAULTS:
        return None
    return f"{error.filename}: {error.strerror}" if error.filename else f"{error.strerror}"


def _names_fault(text: str) -> bool:
    return any(os.strerror(number) in text for number in _FAULTS)


def _raise_on_signals() -> None:
    arrived: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        arrived.append(number)
        if _must_not_raise(frame) and sys.platform != "win32":
            signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(arrived[0]))
            signal.setitimer(signal.ITIMER_REAL, _A_MOMENT)
            return
        # Once is enough: a second one must not interrupt the cleanup.
        for ending in ENDING_SIGNALS:
            signal.signal(ending, signal.SIG_IGN)
        raise Interrupted(arrived[0])

    for ending in ENDING_SIGNALS:
        signal.signal(ending, stop)


def _must_not_raise(frame: FrameType | None) -> bool:
    """Return whether an exception does harm there, or is ignored.

    An import that is left halfway keeps its lock, for which other threads would wait forever. What is raised
    in a finalizer or in the callback of a weak reference is printed and lost.
    """
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib") or code.co_name == "__del__":
            return True
        if os.path.basename(code.co_filename) in ("weakref.py", "_weakrefset.py"):
            return True
        frame = frame.f_back
    return False


def _show(error: BaseException, failure: _Failure, arguments: list[str]) -> None:
    """Show the error, the hint, and each note that was added on its way; programs are given the fix."""
    kind, message, hint, _ = failure
    notes: list[str] = getattr(error, "__notes__", [])
    if "--json" in arguments:
        import json

        fix = None
        if isinstance(error, FlaskgenError | click.ClickException):  # not if the machine fails
            from flaskgen.cli.fixes import fix_of

            fix = fix_of(error, arguments)
        shown = {"kind": kind, "message": message, "hint": hint, "fix": fix, "notes": notes}
        with suppress(OSError):  # such as a full disk: then the lines below go to stderr
            click.echo(json.dumps({"error": shown}))
            return
    lines = [("error", "red", one_line(message))]
    lines += [("hint", "cyan", _set_off(hint))] if hint else []
    lines += [("note", "cyan", _set_off(note)) for note in notes]
    for label, colour, text in lines:
        say(f"{click.style(label, fg=colour, bold=True)}: {text}")


def _set_off(text: str) -> str:
    """Indent further lines, such as a program's, so that none of them passes for an error of its own."""
    return "\n  ".join(map(one_line, text.expandtabs().splitlines()))


def _keep_log(error: BaseException) -> str:
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="flaskgen-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as log:
            log.write("".join(traceback.format_exception(error)))
    except OSError:  # a full disk can be what the bug is about
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"where it is: {frame.filename}:{frame.lineno}"
    return f"the log {log.name}"
