"""Real servers that keep queues: Redis and RabbitMQ, each on its own ports, with its data in a directory."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project_templates.served import free_port


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Return whether something holds in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class RedisServer:
    """A server that can be stopped, started again, and filled."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("redis-server"):
            pytest.skip("redis-server is not installed: apt-get install redis-server")
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, number: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{number}"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--appendonly", "yes"]
        command = ["redis-server", *options, "--dir", str(self.folder), "--logfile", "redis.log"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert wait_until(lambda: self.cli("ping") == "PONG", 30), (self.folder / "redis.log").read_text()

    def cli(self, *arguments: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    close = stop

    def fill(self) -> None:
        self.cli("config", "set", "maxmemory", "1")

    def drain(self) -> None:
        self.cli("config", "set", "maxmemory", "0")


class RabbitServer:
    """The same of RabbitMQ, whose memory is full when it is above the mark."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
        if not found:
            pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
        self.programs = found[-1]
        self.folder = folder
        self.port = free_port()
        self.environment = os.environ | {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"shop{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        with (self.folder / "rabbitmq.log").open("a") as log:
            self.process = subprocess.Popen(
                [self.programs / "rabbitmq-server"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert wait_until(self.answers, 120), (self.folder / "rabbitmq.log").read_text()

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def control(self, *arguments: str) -> None:
        command: list[str | Path] = [self.programs / "rabbitmqctl", "--quiet", *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=60)
            self.process = None

    def close(self) -> None:
        """Stop it, and the port mapper that it left behind."""
        try:
            self.stop()
        finally:
            subprocess.run(["epmd", "-kill"], env=self.environment, capture_output=True, check=False)

    def fill(self) -> None:
        self.control("set_vm_memory_high_watermark", "absolute", "1MB")

    def drain(self) -> None:
        self.control("set_vm_memory_high_watermark", "0.4")
