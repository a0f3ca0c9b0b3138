"""The same kills and errors for cookiecutter and copier, and for flaskgen making files alone, as they do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uv

from tests.e2e.runs import listing
from tests.reliability.faults import ERRORS, FAILING
from tests.reliability.kills import MUTATING, STRACE, Point, evenly, points_in
from tests.reliability.rows import Row
from tests.reliability.scenarios import FLASKGEN, PROJECT, World

FILES = 30
"""Files of the peers' template; a flaskgen project without extensions has about as many."""


@dataclass(frozen=True)
class Generator:
    """A command that makes a project in the directory where it is run."""

    name: str
    command: tuple[str | Path, ...]


def generators(world: World, folder: Path) -> Iterator[Generator]:
    """Install the peers, write their templates, and return all three generators."""
    yield Generator("flaskgen --no-install", (*FLASKGEN, "new", PROJECT, "--no-install", "--no-git", "--yes"))
    tools = folder / "tools"
    options = [uv.find_uv_bin(), "--no-config", "--quiet", "--cache-dir", str(world.root / "cache" / "uv")]
    subprocess.run([*options, "venv", "--python", sys.executable, tools], check=True)
    install = ["pip", "install", "--python", str(tools / "bin" / "python"), "cookiecutter", "copier"]
    subprocess.run([*options, *install], check=True)
    template = folder / "cookiecutter"
    _write_modules(template / "{{cookiecutter.name}}", "{{ cookiecutter.name }}", "")
    (template / "cookiecutter.json").write_text(f'{{"name": "{PROJECT}"}}\n')
    yield Generator("cookiecutter", (tools / "bin" / "cookiecutter", "--no-input", template))
    template = folder / "copier"
    _write_modules(template, "{{ name }}", ".jinja")
    (template / "copier.yml").write_text(f"name:\n  type: str\n  default: {PROJECT}\n")
    yield Generator("copier", (tools / "bin" / "copier", "copy", "--defaults", "--quiet", template, PROJECT))


def _write_modules(folder: Path, name: str, suffix: str) -> None:
    folder.mkdir(parents=True)
    for number in range(FILES):
        (folder / f"module_{number}.py{suffix}").write_text(f'"""Module {number} of {name}."""\n' * 20)


class Trial:
    """One generator, interrupted in one directory."""

    def __init__(self, generator: Generator, world: World, folder: Path) -> None:
        self.generator, self.world, self.folder = generator, world, folder
        for _ in ("with cold caches", "with warm ones"):
            done = self._run()
            assert done.returncode == 0, done.stderr
        self.whole = self._files()

    def kill(self, number: int) -> Row:
        """Kill runs, and count what they leave that is not the whole, and next runs that do not mend it."""
        debris = blocked = 0
        row = Row("kills", self.generator.name, peer=True)
        for point in self._points(MUTATING, number):
            self._run(*_inject(point, "signal=KILL"))
            left = self._files()
            debris += left not in ({}, self.whole)
            again = self._run(fresh=False)
            complete = self.whole.items() <= left.items()
            mended = complete or (again.returncode == 0 and self._files() == self.whole)
            blocked += not mended
            row.note(str(point), None)
        row.said = f"; debris after {debris}, next run failed after {blocked}"
        return row

    def fail(self, number: int) -> Row:
        """Let calls fail, and count what failing runs leave, tracebacks, and runs that hide their failure."""
        debris = tracebacks = hidden = 0
        row = Row("faults", self.generator.name, peer=True)
        for index, point in enumerate(self._points(FAILING, number)):
            done = self._run(*_inject(point, f"error={ERRORS[index % len(ERRORS)]}"))
            debris += done.returncode != 0 and self._files() != {}
            tracebacks += "Traceback" in done.stderr
            hidden += done.returncode == 0 and self._files() != self.whole
            row.note(str(point), None)
        row.said = f"; debris after {debris}, tracebacks {tracebacks}, exit code 0 without the whole {hidden}"
        return row

    def _points(self, kinds: str, number: int) -> list[Point]:
        log = self.folder / "calls"
        self._run("-o", str(log), "-e", f"trace={kinds}")
        return evenly(points_in(log.read_text(errors="replace")), number)

    def _run(self, *strace: str | Path, fresh: bool = True) -> subprocess.CompletedProcess[str]:
        here = self.folder / "here"
        if fresh:
            shutil.rmtree(here, ignore_errors=True)
            here.mkdir(parents=True)
        prefix = (*STRACE, *strace) if strace else ()
        return self.world.call(*prefix, *self.generator.command, cwd=here)

    def _files(self) -> dict[str, bytes | None]:
        """Return what is there; of flaskgen's random key the name."""
        found = listing(self.folder / "here")
        return {path: None if path.endswith(".env") else content for path, content in found.items()}


def _inject(point: Point, what: str) -> list[str]:
    call = point.syscall
    return ["-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={point.number}"]
