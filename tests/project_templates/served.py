"""A project on disk whose commands are run and whose server is started."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from tests.project_templates.browser import Browser

# Those that the system gives to connections begin above: nobody else takes one before its server is there.
_FIRST = 10_000 + os.getpid() % 100 * 200
_PORTS = cycle(range(_FIRST, _FIRST + 200))


def free_port() -> int:
    """Return a port on which nothing listens, another one each time, and others than other workers get."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port := next(_PORTS)))
            return port


@contextmanager
def serving(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], *, ask: Callable[[], object]
) -> Iterator[None]:
    """Start a server, which writes to ``server.log`` in the directory, and wait until ``ask`` is answered."""
    file = folder / "server.log"
    with file.open("a") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask()
                break
            except OSError:  # refused, or no answer in time
                assert server.poll() is None, file.read_text()
                assert time.monotonic() < deadline, file.read_text()
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(timeout=60)


@dataclass(frozen=True)
class Site:
    """A project on disk, and the interpreter of its environment."""

    python: Path
    folder: Path

    @property
    def command(self) -> list[str | Path]:
        """What the README has people type to run the application's commands."""
        script = self.folder / "manage.py"
        return [self.python, script] if script.exists() else [self.python, "-m", "flask"]

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLASK_")}
        return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | settings

    def run(self, *arguments: str) -> str:
        done = self.call([*self.command, *arguments])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_note(self, text: str) -> None:
        """Store a row of the example, as a person does in a shell."""
        [models] = self.folder.glob("*/notes/models.py")
        package = models.parent.parent.name
        lines = (
            f"from {package}.extensions import db",
            f"from {package}.notes.models import Note",
            f"db.session.add(Note(text={text!a}))",
            "db.session.commit()",
        )
        typed = "".join(f"{line}\n" for line in lines)
        done = subprocess.run(
            [*self.command, "shell"],
            cwd=self.folder,
            env=self.environment(),
            input=typed,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr

    def call(self, command: list[str | Path], **settings: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(**settings)
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def run_tests(self, *options: str, **settings: str) -> str:
        """Run the project's tests, and return what they print; if any fails, raise AssertionError."""
        done = self.call_tests(*options, **settings)
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr
        return done.stdout

    def call_tests(self, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the project's tests with warnings as errors; options are those of pytest, or files."""
        strict: list[str | Path] = [self.python, "-W", "error"]
        return self.call([*strict, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options], **settings)

    @contextmanager
    def serving(self, **settings: str) -> Iterator[Browser]:
        port = free_port()
        command = [*self.command, "run", "--no-reload", "--port", str(port)]
        environment = self.environment(**settings)
        browser = Browser(f"http://127.0.0.1:{port}")
        with serving(command, self.folder, environment, ask=lambda: browser.get("/")):
            yield browser
