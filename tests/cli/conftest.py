"""Run the command line in this process, error boundary and all."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from flaskgen.cli.main import cli, main
from flaskgen.commands.verbs import new as creating
from tests.schemas import require_printed_valid


@dataclass(frozen=True)
class Result:
    """What a run of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The labelled lines on stderr: ``("error", "...")``."""
        return re.findall(r"^(error|hint|note|warning): (.*)$", self.err, re.MULTILINE)

    def only(self, label: str) -> str:
        (text,) = [text for found, text in self.lines if found == label]
        return text


Invoke = Callable[..., Result]


def unknown_in(hint: str, arguments: Sequence[str]) -> set[str]:
    """Return the commands that a hint names and that are none, and the options that its command lacks.

    Options are those of the command that it names, or else of the one that was typed.
    """
    command = re.compile(r"(?:`|: )flaskgen ([^`;]*)")
    advised = [(arguments, re.sub("`[^`]*`", "", command.sub("", hint)))]
    advised += [(named.split(), named) for named in command.findall(hint)]
    known = cli.list_commands(click.Context(cli))
    named = {words[0] for words, _ in advised[1:] if not words[0].startswith("-")}
    return (named - {*known}) | {
        option
        for words, text in advised
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)
        if option not in options_of(words)
    }


def options_of(words: Sequence[str]) -> set[str]:
    """Return the options of the command that an argument list begins with."""
    command: click.Command = cli
    context = click.Context(cli, **cli.context_settings)
    for word in words:
        if not isinstance(command, click.Group) or word not in command.list_commands(context):
            break
        command = command.get_command(context, word) or command
    return {name for option in command.get_params(context) for name in (*option.opts, *option.secondary_opts)}


@pytest.fixture
def invoke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Invoke]:
    """Run ``flaskgen`` in the test's directory without a terminal; signals are as before afterwards.

    What it prints with --json is checked against the published schema. No uv.lock is made: that is for
    tests/commands.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(creating, "_lock", lambda *_: {})
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main(list(arguments))
        assert isinstance(leaving.value.code, int)
        printed = capsys.readouterr()
        require_printed_valid(arguments, printed.out)
        result = Result(leaving.value.code, printed.out, printed.err)
        for label, text in result.lines:
            if label == "hint":
                assert unknown_in(text, arguments) == set(), text
        return result

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def listing(tmp_path: Path) -> Callable[[], list[str]]:
    """List all that is in the test's directory, links not followed."""

    def walk() -> list[str]:
        return sorted(
            os.path.join(parent, name)
            for parent, folders, files in os.walk(tmp_path)
            for name in (*folders, *files)
        )

    return walk
