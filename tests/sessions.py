"""Sessions in documents: every ``console`` block is run in a real terminal, and shows what it prints.

A command stands behind ``$``. Below it is what it prints; numbers may differ, and a line ``...`` stands for
any lines. A ``diff`` block between them is an edit of a file of the project, without line numbers.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte

PROMPT = "ready> "
SERVING = "Press CTRL+C to quit"
COLUMNS, ROWS = 200, 400
HOME = "/home/ada"
_QUESTIONS = ("(Y/n)", "(Use arrow keys)")
_BLOCK = re.compile(r"^```(console|diff)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"\d+(\.\d+)*")
_MINUTES = re.compile(r" \(\d+:\d\d:\d\d\)")  # which pytest adds to more than sixty seconds
_RULE = re.compile(r"(.)\1{9,}")


class Step(NamedTuple):
    """A command, or an edit, with what the document shows of it."""

    text: str
    shown: list[str]


def steps_of(document: str) -> Iterator[Step]:
    """Yield the commands and the edits of a document, in their order."""
    for language, body in _BLOCK.findall(document):
        if language == "diff":
            yield Step("", body.splitlines())
            continue
        for part in re.split(r"^(?:\(\w+\) )?\$ ", body, flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip("\n").splitlines()
            yield Step(command, shown)


def play(document: str, directory: Path) -> None:
    """Run everything that a document shows, in a new directory; AssertionError where it goes differently."""
    shell = Shell(directory)
    try:
        for step in steps_of(document):
            if step.text:
                printed = shell.run(step.text)
                assert _agrees(step.shown, printed), f"$ {step.text}\n" + "\n".join(printed)
            else:
                edit(shell.directory(), step.shown)
    finally:
        shell.close()


class Shell:
    """Bash in a terminal, as a reader has it: with flaskgen on PATH and a name for Git."""

    def __init__(self, directory: Path) -> None:
        self.home = directory
        (Path.home() / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n")
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PS1": PROMPT,
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "VIRTUAL_ENV_DISABLE_PROMPT": "1",
            "FLASK_RUN_PORT": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.terminal = pexpect.spawn(
            "bash",
            ["--norc", "--noprofile"],
            cwd=directory,
            env=environment,
            encoding="utf-8",
            timeout=180,
            dimensions=(ROWS, COLUMNS),
            # A run in the background ignores Ctrl-C, and so would what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        self.terminal.expect_exact(PROMPT)

    def run(self, command: str) -> list[str]:
        """Return the lines that stand below a command when it has ended.

        Each question gets Enter; a server is asked for ``/``, and stopped.
        """
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.Stream(screen)
        self.terminal.sendline(command)
        while found := self.terminal.expect_exact([PROMPT, *_QUESTIONS, SERVING]):
            stream.feed(self.terminal.before + self.terminal.after)
            if found <= len(_QUESTIONS):
                self.terminal.send("\r")
            else:
                self._visit("\n".join(screen.display))
                self.terminal.sendintr()
        stream.feed(self.terminal.before)
        lines = [line.rstrip() for line in screen.display][1:]
        while lines and not lines[-1]:
            lines.pop()
        return [line.replace(str(self.home), HOME) for line in lines]

    def directory(self) -> Path:
        """Return where the shell is."""
        return Path(os.readlink(f"/proc/{self.terminal.pid}/cwd"))

    def close(self) -> None:
        self.terminal.close(force=True)

    def _visit(self, shown: str) -> None:
        (url,) = re.findall(r"Running on (\S+)", shown)
        with urllib.request.urlopen(url) as response:
            assert response.status == 200


def edit(directory: Path, lines: list[str]) -> None:
    """Change a file as a diff says, whose old lines stand in it once; without old lines, create it."""
    name, *changed = lines
    file = directory / name.removeprefix("+++ ")
    old = "".join(f"{line[1:]}\n" for line in changed if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in changed if not line.startswith("-"))
    if not old:
        assert not file.exists()
        file.write_text(new, encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file.name} has not these lines, or more than once:\n{old}\n{text}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def _agrees(shown: list[str], printed: list[str]) -> bool:
    """Return whether a document shows what was printed."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(_stable(line)) + r"\n" for line in shown)
    return bool(re.fullmatch(pattern, "".join(f"{_stable(line)}\n" for line in printed)))


def _stable(line: str) -> str:
    """Take away what differs from run to run."""
    return _RULE.sub(r"\1", _NUMBER.sub("N", _MINUTES.sub("", line))).rstrip()
