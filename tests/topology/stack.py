"""The services of a deployment, as processes on one machine that can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.browser.production import Production, make_production
from tests.project_templates.served import free_port

PROBE = '''
"""What the measurement requests beside the pages."""

from flask import Blueprint, session

from .extensions import db
from .job_queue import enqueue
from .limits import limiter
from .notes.models import Note

bp = Blueprint("probe", __name__, url_prefix="/probe")


@bp.route("/job/<int:number>")
def job(number):
    enqueue(record, number)
    return "accepted"


def record(number):
    db.session.add(Note(text=f"job {number}"))
    db.session.commit()


@bp.route("/session")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])


@bp.route("/limited")
@limiter.limit("10 per hour")
def limited():
    return "ok"
'''
LIST_NOTES = """
from wsgi import app
from shop.extensions import db
from shop.notes.models import Note

with app.app_context():
    for note in db.session.scalars(db.select(Note)):
        print(note.text)
"""
CHOICES = ("--with", "login,migrate,smorest,redis,jobs,docker", "-o", "sqlalchemy.database=postgresql")
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream app {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://app;
      proxy_set_header Host localhost;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https;
    }}
  }}
}}
"""


def get(port: int, path: str, body: str | None = None, **headers: str) -> tuple[int, str, str]:
    """Return the status, the body and the cookie of an answer; the status is 0 if there was none.

    With a body, post it.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, path, body, headers={"Host": "localhost", **headers})
        answer = connection.getresponse()
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        return answer.status, answer.read().decode(errors="replace"), cookie
    except (OSError, HTTPException):
        return 0, "", ""
    finally:
        connection.close()


@dataclass
class Service:
    """A program that runs, and the question whether it answers."""

    name: str
    command: Sequence[str | Path]
    folder: Path
    environment: Mapping[str, str]
    answers: Callable[[], bool]
    user: str | None = None
    asked_by: signal.Signals = signal.SIGTERM
    """What ends it: PostgreSQL waits for its clients after SIGTERM."""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                group=self.user,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    @property
    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text()[-2000:]

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.asked_by)
            self.process.wait(timeout=60)

    def kill(self) -> None:
        """End it and its children at once."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)

    @property
    def children(self) -> list[int]:
        assert self.process
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    @property
    def memory(self) -> float:
        """Return the megabytes of a child, its share of what they share counted."""
        sizes = []
        for pid in self.children:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            sizes += [int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")]
        return sum(sizes) / len(sizes) / 1024


@dataclass
class Stack:
    """Two instances of the application behind nginx, PostgreSQL, Redis and two workers."""

    production: Production
    port: int
    postgresql: Service
    redis: Service
    instances: list[Service]
    workers: list[Service]
    nginx: Service

    def restart_ended_workers(self) -> None:
        """Do what systemd and Kubernetes do: a worker ends if the queue is away for long."""
        for worker in self.workers:
            if worker.process is None or worker.process.poll() is not None:
                worker.start()

    @property
    def services(self) -> list[Service]:
        return [self.postgresql, self.redis, *self.instances, *self.workers, self.nginx]

    @property
    def recorded(self) -> set[int]:
        """The numbers of the jobs that were done."""
        told = self.production.call(self.production.python, "-c", LIST_NOTES)
        return {int(line.split()[1]) for line in told.splitlines() if line.startswith("job ")}


def serve_wsgi(
    folder: Path, python: Path, environment: Mapping[str, str], *, workers: int, name: str
) -> Service:
    """Return gunicorn with an application, which is not yet started."""
    port = int(environment["PORT"])
    command: list[str | Path] = [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "wsgi:app"]
    return Service(name, command, folder, environment, lambda: get(port, "/healthz")[0] == 200)


@contextmanager
def running_stack(parent: Path, cache: Path) -> Iterator[Stack]:
    """Make the project, start all that it needs, and end it afterwards."""
    owner = "postgres" if os.geteuid() == 0 else None
    postgresql = _make_postgresql(parent, owner)
    redis_port = free_port()
    redis_folder = parent / "redis"
    redis_folder.mkdir()
    redis = Service(
        "redis",
        ["redis-server", "--port", str(redis_port), "--appendonly", "yes"],
        redis_folder,
        os.environ,
        lambda: _succeeds("redis-cli", "-p", str(redis_port), "set", "answers", "1"),
    )
    started: list[Service] = []
    try:
        for service in (postgresql, redis):
            service.start()
            started.append(service)
        production = make_production(
            parent,
            *CHOICES,
            cache=cache,
            SECRET_KEY="0123456789-abcdefghij-KLMNOP",
            TRUSTED_HOSTS="localhost",
            PROXY_HOPS="1",
            DATABASE_URL=f"postgresql://tester@127.0.0.1:{postgresql.command[-1]}/postgres",
            REDIS_URL=f"redis://127.0.0.1:{redis_port}/0",
            JOBS_URL=f"redis://127.0.0.1:{redis_port}/1",
        )
        production.flask("db", "upgrade")
        production.add_notes("A note")
        (production.folder / "shop" / "probe.py").write_text(PROBE)
        with (production.folder / "wsgi.py").open("a") as wsgi:
            wsgi.write("\nfrom shop import probe\n\napp.register_blueprint(probe.bp)\n")
        stack = Stack(production, free_port(), postgresql, redis, [], [], nginx=None)  # type: ignore[arg-type]
        for number in (1, 2):
            settings = production.settings | {"PORT": str(free_port())}
            stack.instances.append(
                serve_wsgi(production.folder, production.python, settings, workers=2, name=f"web{number}")
            )
            worker: list[str | Path] = [production.python, "-m", "flask", "jobs", "worker"]
            stack.workers.append(
                Service(f"worker{number}", worker, production.folder, production.settings, lambda: True)
            )
        stack.nginx = _make_nginx(parent, stack)
        for service in stack.services[2:]:
            service.start()
            started.append(service)
        yield stack
    finally:
        for service in reversed(started):
            service.stop()


def _make_nginx(parent: Path, stack: Stack) -> Service:
    folder = parent / "nginx"
    folder.mkdir()
    ports = [one.environment["PORT"] for one in stack.instances]
    servers = " ".join(f"server 127.0.0.1:{port} fail_timeout=2s;" for port in ports)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, servers=servers, port=stack.port))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    answers = lambda: get(stack.port, "/healthz")[0] == 200  # noqa: E731
    return Service("nginx", [program, "-c", configuration], folder, os.environ, answers)


def _make_postgresql(parent: Path, owner: str | None) -> Service:
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder, port = parent / "postgresql", free_port()
    folder.mkdir()
    if owner:
        shutil.chown(folder, owner, owner)
    for path in (parent, *parent.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o111)
    user = ["-U", "tester"]
    init = ["initdb", "-D", str(folder / "data"), *user, "--auth=trust", "-E", "UTF8"]
    subprocess.run(
        init,
        executable=programs / "initdb",
        user=owner,
        group=owner,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )
    reach = ["-h", "127.0.0.1", "-p", str(port)]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *reach]

    def answers() -> bool:
        return _succeeds(str(programs / "pg_isready"), *reach, *user, "-d", "postgres")

    return Service("postgresql", command, folder, os.environ, answers, user=owner, asked_by=signal.SIGINT)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
