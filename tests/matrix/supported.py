"""Proves a cell that has to work: the project is made, its tests pass, its server answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from tests.matrix.cells import Cell
from tests.project_templates.served import free_port


def make_and_serve(cell: Cell, folder: Path) -> str:
    """Make the project with its tests run, and get its first page from its own server.

    Gives pytest's closing line; raises AssertionError with what was printed.
    """
    project = folder / "shop"
    made = flaskgen(
        *("new", project, "--flask", cell.series.name, "--python", cell.interpreter.path),
        *("--with", ",".join(cell.extensions) or "none", "--test", "--no-git", "--yes", "--json"),
    )
    assert made.returncode == 0, made.stdout + made.stderr
    told = json.loads(made.stdout)
    serve(project)
    return str(told["verified"]["tests"])


def flaskgen(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "flaskgen", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def serve(project: Path) -> None:
    """Start the project's server as its README says, on a free port of loopback, and get the first page."""
    python = project / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    port = free_port()
    command = ["manage.py"] if (project / "manage.py").exists() else ["-m", "flask"]
    with (project.parent / "server.log").open("w") as log:
        server = subprocess.Popen(
            [python, *command, "run", "--port", str(port)],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        page = _get(f"http://127.0.0.1:{port}/", server)
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # with the process that its reloader watches
        server.wait()
    assert page is not None, (project.parent / "server.log").read_text()
    assert "Welcome" in page, page


def _get(url: str, server: subprocess.Popen[bytes], *, seconds: float = 30) -> str | None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(url, timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except OSError:
            time.sleep(0.05)
    return None
