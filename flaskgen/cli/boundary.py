"""The error boundary: every failure becomes one line, a hint, and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import click

from flaskgen.errors import FlaskgenError, Interrupted

_BUG = 3
_SIGNALS = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def error_boundary(run: Callable[[list[str]], Any], arguments: list[str]) -> int:
    """Run the command line and give its exit code; nothing but the code gets past.

    0 done; 1 an expected failure; 2 wrong usage; 3 a bug; 4 drift; 128 and the signal's number.
    """
    _raise_on_signals()
    as_json = "--json" in arguments
    try:
        result = run(arguments)
    except FlaskgenError as error:
        _show_error(error.message, error.hint, kind=error.kind, as_json=as_json)
        return error.exit_code
    except click.UsageError as error:
        _show_error(error.format_message(), _usage_hint(error), kind="usage", as_json=as_json)
        return error.exit_code
    except click.ClickException as error:
        _show_error(error.format_message(), None, kind="usage", as_json=as_json)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):  # at a prompt, which reads Ctrl-C as a key
        return _show_stop(signal.SIGINT)
    except Interrupted as stop:
        return _show_stop(stop.signal_number)
    except BrokenPipeError:
        _silence_stdout()
        return 128 + signal.SIGPIPE
    except Exception as error:
        return _show_bug(error, as_json=as_json)
    return result if isinstance(result, int) else 0


def _raise_on_signals() -> None:
    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        # Once is enough: a second one must not cut the cleaning up short.
        for name in _SIGNALS:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise Interrupted(number)

    for name in _SIGNALS:
        signal.signal(getattr(signal, name), stop)


def _show_error(message: str, hint: str | None, *, kind: str, as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps({"error": {"kind": kind, "message": message, "hint": hint}}))
        return
    click.secho("error", fg="red", bold=True, nl=False, err=True)
    click.echo(f": {message}", err=True)
    if hint:
        click.secho("hint", fg="cyan", bold=True, nl=False, err=True)
        click.echo(f": {hint}", err=True)


def _usage_hint(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "flaskgen"
    return f"`{path} --help` shows what it takes"


def _show_stop(number: int) -> int:
    _show_error(
        f"stopped by {signal.Signals(number).name}; what was made is removed", None, kind="", as_json=False
    )
    return 128 + number


def _show_bug(error: Exception, *, as_json: bool) -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="flaskgen-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
    ) as log:
        log.write("".join(traceback.format_exception(error)))
    _show_error(
        f"a bug in flaskgen: {type(error).__name__}: {error}",
        f"please report it with the log {log.name}",
        kind="bug",
        as_json=as_json,
    )
    return _BUG


def _silence_stdout() -> None:
    """Let the interpreter flush into nothing, since nobody reads any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
