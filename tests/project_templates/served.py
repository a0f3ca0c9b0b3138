"""A project on disk whose commands are run and whose server is started."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from tests.project_templates.browser import Browser


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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

    def call(self, command: list[str | Path], **settings: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(**settings)
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @contextmanager
    def serving(self, **settings: str) -> Iterator[Browser]:
        port = free_port()
        command = [*self.command, "run", "--no-reload", "--port", str(port)]
        environment = self.environment(**settings)
        with (self.folder / "server.log").open("w") as log:
            server = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        try:
            browser = Browser(f"http://127.0.0.1:{port}")
            self.wait_for(browser, server)
            yield browser
        finally:
            server.terminate()
            server.wait(timeout=20)

    def wait_for(self, browser: Browser, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                browser.get("/")
                return
            except URLError:
                assert server.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.1)
