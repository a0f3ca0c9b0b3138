"""Start an application: once, for one request, or as a development server that is waited for."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from sandbox import Sandbox

_DEADLINE = 60.0
_INTERVAL = 0.005


def seconds_to_start(sandbox: Sandbox, project: Path) -> float:
    """Return the seconds in which ``app.py`` is imported and answers one request: what verified means."""
    code = "from app import app; assert app.test_client().get('/').status_code == 200"
    return sandbox.seconds((project / ".venv" / "bin" / "python", "-c", code), cwd=project)


def seconds_to_home_page(sandbox: Sandbox, project: Path) -> float:
    """Return the seconds from ``flask run`` until GET / answers 200; stopping the server does not count."""
    port = _free_port()
    started = time.perf_counter()
    server = subprocess.Popen(
        [project / ".venv" / "bin" / "flask", "run", "--port", str(port)],
        cwd=project,
        env=sandbox.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _answers(port):
            if server.poll() is not None or time.perf_counter() - started > _DEADLINE:
                sys.exit(f"`flask run` in {project} does not answer")
            time.sleep(_INTERVAL)
        return time.perf_counter() - started
    finally:
        # The reloader of debug mode has the server in a child of its own.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (ConnectionError, http.client.HTTPException, TimeoutError):
        return False
    finally:
        connection.close()
