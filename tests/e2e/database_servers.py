"""Real servers, PostgreSQL and MariaDB, each on a private port with its data in its own directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project_templates.served import free_port

PASSWORD = "p@ss:word/1"
"""Has what an address can hold only in its quoted form."""
QUOTED = "p%40ss%3Aword%2F1"


@dataclass(frozen=True)
class DatabaseServer:
    """A running server on which databases can be made."""

    option: str
    """The value of the option `sqlalchemy.database` that stands for it."""
    port: int
    make: Callable[[str], None]

    def database(self, name: str) -> str:
        """Make an empty database and return its address, as a hosting platform writes it."""
        self.make(name)
        scheme = {"postgresql": "postgres", "mysql": "mysql"}[self.option]
        return f"{scheme}://tester:{QUOTED}@127.0.0.1:{self.port}/{name}"


@contextmanager
def running_postgresql() -> Iterator[DatabaseServer]:
    """Start PostgreSQL, whose clock shows the time of Tokyo."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    programs, port = found[-1], free_port()
    reach = ["-h", "127.0.0.1", "-p", str(port), "-U", "tester"]

    def make(name: str) -> None:
        _run(programs / "createdb", *reach, name, PGPASSWORD=PASSWORD)

    with _folder_of("postgres") as (folder, user):
        secret = folder / "password"
        secret.write_text(PASSWORD)
        init = ["-U", "tester", "--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync"]
        _run(programs / "initdb", "-D", folder / "data", *init, user=user)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(folder),
            "timezone": "Asia/Tokyo",
            "fsync": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [programs / "postgres", "-D", folder / "data", *options]
        with _serving(command, ready=[programs / "pg_isready", *reach], user=user):
            yield DatabaseServer("postgresql", port, make)


@contextmanager
def running_mariadb() -> Iterator[DatabaseServer]:
    """Start MariaDB, whose clock shows the time of Tokyo and whose tables hold Latin letters unless told."""
    server = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
    if server is None:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    port = free_port()
    with _folder_of("mysql") as (folder, user):
        socket = f"--socket={folder / 'socket'}"
        data = [f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        init = ["--no-defaults", *data, "--auth-root-authentication-method=normal", "--skip-test-db"]
        _run("mariadb-install-db", *init, user=user, TMPDIR=str(folder))

        def make(name: str) -> None:
            grant = f"GRANT ALL ON *.* TO tester@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'"
            _run("mariadb", "--no-defaults", socket, "-uroot", "-e", f"CREATE DATABASE {name}; {grant}")

        settings = ["--default-time-zone=+09:00", "--character-set-server=latin1", "--skip-name-resolve"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"]
        quick += ["--loose-innodb-file-per-table=0"]  # tables are made and dropped for each test
        network = [f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder / 'pid'}"]
        command = [server, "--no-defaults", *data, socket, *network, *settings, *quick]
        ready = ["mariadb-admin", "--no-defaults", socket, "-uroot", "ping"]
        with _serving(command, ready=ready, user=user):
            yield DatabaseServer("mysql", port, make)


@contextmanager
def _folder_of(owner: str) -> Iterator[tuple[Path, str | None]]:
    """Make a directory, and name who has to run the server: they refuse to run as root."""
    user = owner if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="flaskgen-"))
    if user:
        shutil.chown(folder, user)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder)


@contextmanager
def _serving(
    command: Sequence[str | Path], *, ready: Sequence[str | Path], user: str | None
) -> Iterator[None]:
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            command, user=user, group=user, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 60
            while subprocess.run(ready, capture_output=True, check=False).returncode:
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    pytest.fail(f"{command[0]} did not start:\n{log.read()}")
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            server.wait(timeout=60)


def _run(*command: str | Path, user: str | None = None, **environment: str) -> None:
    done = subprocess.run(
        command,
        user=user,
        group=user,
        cwd="/",
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
