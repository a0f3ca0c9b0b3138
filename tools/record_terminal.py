"""Record a session of flaskgen in a real terminal as an animated picture, docs/images/terminal.svg.

Every command runs, in an empty home directory; only the typing is for show. Warm the package cache first: the
picture shows the time that things take.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "terminal.svg"
COMMANDS = (
    "flaskgen new shop --preset web",
    "cd shop && . .venv/bin/activate && flask init-db",
    "flaskgen generate resource Post title:str:80 body:text",
    "flaskgen undo",
)
PROMPT = "$ "
QUESTIONS = ("(Use arrow keys)", "(Y/n)")
COLUMNS, ROWS = 100, 30
TYPING = 0.04  # seconds between two keys
READING = 1.0  # seconds before a question is answered, and after each command
AT_THE_END = 4  # seconds before it begins again
FRAMES = 10  # a second; what is there for less is not drawn

CELL, LINE, MARGIN = 8.4, 19, 16  # pixels; a cell is as wide as a character of 14 pixels
COLOURS = {
    "default": "#d4d4d4", "black": "#7f848e", "brightblack": "#7f848e", "red": "#f07178", "green": "#98c379",
    "brown": "#e5c07b", "yellow": "#e5c07b", "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2",
    "white": "#ffffff",
}  # fmt: skip


class Output(NamedTuple):
    """What the terminal got, and when."""

    seconds: float
    text: str


class Span(NamedTuple):
    """A line of the screen, and from when to when it was there."""

    row: int
    runs: tuple[tuple[str, str, bool, int], ...]
    """Parts in one colour: text, colour, whether it is bold, and the column where it begins."""
    begin: float
    end: float


def record(commands: Sequence[str], directory: Path) -> list[Output]:
    """Run the commands in a shell in a new directory; answer each question with Enter."""
    environment = os.environ | {
        "HOME": str(directory),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "PS1": PROMPT,
        "TERM": "xterm-256color",
        "VIRTUAL_ENV_DISABLE_PROMPT": "1",
    }
    (directory / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n", encoding="utf-8")
    shell = pexpect.spawn(
        "bash", ["--norc", "--noprofile"], cwd=directory, env=environment, encoding="utf-8",
        timeout=300, dimensions=(ROWS, COLUMNS),
    )  # fmt: skip
    recorded: list[Output] = []
    begin = time.monotonic()

    _read_until_prompt(shell, recorded, begin, directory)
    for command in commands:
        for key in command:
            shell.send(key)
            recorded.append(Output(time.monotonic() - begin, shell.read_nonblocking(64, timeout=5)))
            time.sleep(TYPING)
        shell.send("\r")
        _read_until_prompt(shell, recorded, begin, directory)
        time.sleep(READING)
    shell.close()
    return recorded


def _read_until_prompt(shell: pexpect.spawn, recorded: list[Output], begin: float, directory: Path) -> None:
    unread = ""
    while True:
        part = shell.read_nonblocking(4096, timeout=300)
        recorded.append(Output(time.monotonic() - begin, part.replace(str(directory), "/home/ada")))
        unread += part
        if any(question in unread for question in QUESTIONS):
            time.sleep(READING)
            shell.send("\r")
            unread = ""
        elif unread.endswith("\n" + PROMPT) or unread.endswith("\x1b[?2004h" + PROMPT):
            return


def spans(recorded: Iterable[Output]) -> Iterator[Span]:
    """Yield each line that was to be seen, once for the time that it stayed the same."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    shown: dict[int, tuple[tuple[tuple[str, str, bool, int], ...], float]] = {}
    now = 0.0
    for frame, outputs in groupby(recorded, key=lambda output: int(output.seconds * FRAMES)):
        now = frame / FRAMES
        screen.dirty.clear()
        for output in outputs:
            stream.feed(output.text)
        for row in sorted(screen.dirty):
            runs, (before, begin) = tuple(_runs(screen, row)), shown.get(row, ((), now))
            if runs != before:
                if before:
                    yield Span(row, before, begin, now)
                shown[row] = (runs, now)
    for row, (runs, begin) in shown.items():
        if runs:
            yield Span(row, runs, begin, now + AT_THE_END)


def _runs(screen: pyte.Screen, row: int) -> Iterator[tuple[str, str, bool, int]]:
    cells = [(screen.buffer[row][column], column) for column in range(COLUMNS)]
    for (colour, bold), group in groupby(cells, key=lambda cell: (cell[0].fg, cell[0].bold)):
        run = list(group)
        text = "".join(cell.data for cell, _ in run)
        if text.strip():
            yield text.rstrip(), colour, bold, run[0][1]


def draw(lines: Sequence[Span], *, title: str) -> str:
    """Return the picture. Without animations, or if the reader wants none, it shows the end."""
    length = max(line.end for line in lines)
    width, height = round(COLUMNS * CELL + 2 * MARGIN), ROWS * LINE + 2 * MARGIN
    times = {(line.begin, line.end): f"t{number}" for number, line in enumerate(lines)}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            "<style>",
            "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
            "white-space:pre}.b{font-weight:bold}",
            *(f".{name}{{fill:{colour}}}" for name, colour in COLOURS.items()),
            "@media (prefers-reduced-motion: no-preference){",
            *(
                f".{name}{{animation:{name} {length:.2f}s step-end infinite}}"
                f"@keyframes {name}{{{_key_frames(begin / length, end / length)}}}"
                for (begin, end), name in times.items()
            ),
            "}",
            "</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#1e2127"/>',
            *(_line(line, times[line.begin, line.end], stays=line.end == length) for line in lines),
            "</svg>\n",
        ]
    )


def _key_frames(begin: float, end: float) -> str:
    hidden, visible = "{visibility:hidden}", "{visibility:visible}"
    frames = f"0%{hidden}{begin:.3%}{visible}" if begin else f"0%{visible}"
    return frames + (f"{end:.3%}{hidden}" if end < 1 else "")


def _line(line: Span, name: str, *, stays: bool) -> str:
    y = MARGIN + LINE * (line.row + 1) - 5
    parts = "".join(
        f'<tspan x="{MARGIN + column * CELL:.1f}" class="{colour if colour in COLOURS else "default"}'
        f'{" b" if bold else ""}">{escape(text, quote=False)}</tspan>'
        for text, colour, bold, column in line.runs
    )
    hidden = "" if stays else ' visibility="hidden"'
    return f'<text y="{y}" class="{name}"{hidden}>{parts}</text>'


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        recorded = record(COMMANDS, Path(directory))
    picture = draw(list(spans(recorded)), title="flaskgen in a terminal: " + ", ".join(COMMANDS))
    PICTURE.write_text(picture, encoding="utf-8", newline="\n")
    print(f"{PICTURE.name}: {len(picture) // 1024} KB, {recorded[-1].seconds:.0f} s")


if __name__ == "__main__":
    main()
