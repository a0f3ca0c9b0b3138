"""Run the command line in this process, error boundary and all."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flaskgen.cli.main import main
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


@pytest.fixture
def invoke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Invoke]:
    """Run ``flaskgen`` in the test's directory without a terminal; signals are as before afterwards.

    What it prints with --json is checked against the published schema.
    """
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main(list(arguments))
        assert isinstance(leaving.value.code, int)
        printed = capsys.readouterr()
        require_printed_valid(arguments, printed.out)
        return Result(leaving.value.code, printed.out, printed.err)

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
