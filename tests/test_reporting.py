"""What is printed for the user's shell, which on Windows is not one of POSIX."""

from __future__ import annotations

import shlex
import sys

import pytest

from flaskgen.reporting import command_line, quote

PYTHON = r"C:\Users\ada\Python314\python.exe"


@pytest.mark.parametrize("arguments", [["new", "my shop", "it's"], ["pip", "Flask>=3,<4", "$HOME", ""]])
def test_a_shell_of_posix_reads_what_was_meant(arguments: list[str]) -> None:
    assert shlex.split(command_line(arguments)) == arguments


@pytest.mark.parametrize(
    ("argument", "typed"),
    [
        (PYTHON, PYTHON),
        ("title:str:80", "title:str:80"),
        (r"C:\Program Files\Python314\python.exe", r'"C:\Program Files\Python314\python.exe"'),
        ("Flask>=3", '"Flask>=3"'),
        ("login,mail", '"login,mail"'),
        ("", '""'),
    ],
)
def test_on_windows_backslashes_stay_and_quotes_are_double(
    argument: str, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert quote(argument) == typed
