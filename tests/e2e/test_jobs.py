"""What jobs survive: killed workers, and queues that stop, come back, and are full."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import pytest

from tests.e2e.queue_servers import RabbitServer, RedisServer, wait_until
from tests.e2e.test_redis import status, statuses
from tests.project_templates.browser import Browser
from tests.project_templates.served import Site

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]

LAB = """
import os
import signal
import time

from flask import Blueprint

from .job_queue import enqueue, scheduled

bp = Blueprint("lab", __name__)


def note(text):
    with open(os.environ["LAB"], "a") as file:
        file.write(text + "\\n")


def work(name, waits):
    note(f"begin {name}")
    while waits and not os.path.exists(os.environ["LAB"] + ".go"):
        time.sleep(0.05)
    note(f"end {name}")


def fail(name, crashes):
    note(f"begin {name}")
    note(f"at {time.monotonic()} {name}")
    if crashes:
        os.kill(os.getpid(), signal.SIGKILL)
    raise RuntimeError(name)


@scheduled("* * * * *")
def tick():
    note("tick")


@bp.route("/start/<name>/<int:waits>")
def start(name, waits):
    enqueue(work, name, waits=waits)
    return name


@bp.route("/fail/<name>/<int:crashes>")
def start_failing(name, crashes):
    enqueue(fail, name, crashes=crashes)
    return name
"""


@dataclass
class Jobs:
    """A project with jobs, its queue, and its workers."""

    site: Site
    server: RedisServer | RabbitServer
    engine: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "JOBS_URL": self.server.url(),
            "LAB": str(self.site.folder / "lab.txt"),
            "TRUSTED_HOSTS": "127.0.0.1",
            "FLASK_DEBUG": "0",
        }

    @property
    def notes(self) -> list[str]:
        file = self.site.folder / "lab.txt"
        return file.read_text().splitlines() if file.exists() else []

    def times(self, name: str) -> list[float]:
        """List when a job of this name failed."""
        noted = [note.split() for note in self.notes if note.startswith("at ")]
        return [float(time) for _, time, of in noted if of == name]

    def let_go(self) -> None:
        """Let jobs end that wait."""
        (self.site.folder / "lab.txt.go").touch()

    def came(self, *notes: str, seconds: float = 60) -> bool:
        return wait_until(lambda: set(notes) <= set(self.notes), seconds)

    def start(self, command: str = "worker") -> subprocess.Popen[bytes]:
        """Start a worker or the schedule, in a session of its own."""
        with (self.site.folder / f"{command}.log").open("a") as log:
            process = subprocess.Popen(
                [*self.site.command, "jobs", command],
                cwd=self.site.folder,
                env=self.site.environment(**self.settings),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def came_with_a_supervisor(self, *notes: str) -> bool:
        """Return whether notes came, while workers that end are started again."""

        def came() -> bool:
            for process in [one for one in self.processes if one.poll() is not None]:
                self.processes.remove(process)
                self.start()
            return self.came(*notes, seconds=1)

        return wait_until(came, 120)

    def kill(self) -> None:
        """Kill all that was started, as if the machine lost its power."""
        while self.processes:
            process = self.processes.pop()
            while alive := in_session(process.pid):  # also those that were started in the meantime
                for pid in alive:
                    with suppress(ProcessLookupError):  # it ended by itself
                        os.kill(pid, signal.SIGKILL)
            process.wait()

    def let_minutes_pass(self) -> None:
        """Expire what a killed worker holds in Redis; RabbitMQ notices that it is gone."""
        if isinstance(self.server, RedisServer):
            for held in ("rq:wip:default", "unacked_index"):
                for member in self.server.cli("zrange", held, "0", "-1").splitlines():
                    self.server.cli("zadd", held, "xx", "1", member)
            self.server.cli("del", "rq:scheduler-lock:default")


def in_session(leader: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    command = ["ps", "-o", "pid=,stat=", "-s", str(leader)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return [int(pid) for pid, state in map(str.split, listed) if not state.startswith("Z")]


QUEUES = [("rq", RedisServer), ("celery", RedisServer), ("celery", RabbitServer)]


@pytest.fixture(scope="module")
def made() -> dict[str, Site]:
    """The projects that were made, by their engine."""
    return {}


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    """One for all tests: it takes seconds to start."""
    server = RabbitServer(tmp_path_factory.mktemp("rabbit"))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(params=QUEUES, ids=lambda queue: f"{queue[0]}-{queue[1].__name__}")
def jobs(
    request: pytest.FixtureRequest,
    made: dict[str, Site],
    flaskgen: Run,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Jobs]:
    engine, kind = request.param
    if engine not in made:
        folder = tmp_path_factory.mktemp("jobs")
        done = flaskgen("new", "shop", "--with", "jobs", "-o", f"jobs.engine={engine}", "--yes", cwd=folder)
        assert done.returncode == 0, done.stderr
        package = folder / "shop" / "shop"
        (package / "lab.py").write_text(LAB)
        factory = (package / "__init__.py").read_text()
        lab = "    from . import lab\n\n    app.register_blueprint(lab.bp)\n    return app"
        (package / "__init__.py").write_text(factory.replace("    return app", lab))
        made[engine] = Site(package.parent / ".venv/bin/python", package.parent)
    for left in made[engine].folder.glob("lab.txt*"):
        left.unlink()
    with ExitStack() as stack:
        if kind is RabbitServer:
            server = request.getfixturevalue("rabbit")
            stack.callback(forget_jobs, made[engine], server)
        else:
            server = kind(tmp_path_factory.mktemp(engine))
            stack.callback(server.close)
            server.start()
        jobs = Jobs(made[engine], server, engine)
        stack.callback(jobs.kill)
        yield jobs


def forget_jobs(site: Site, server: RabbitServer) -> None:
    """Delete the queue, with what killed workers had taken of it."""
    code = "import kombu, sys; kombu.Connection(sys.argv[1]).default_channel.queue_delete('celery')"
    done = site.call([site.python, "-c", code, server.url()])
    assert done.returncode == 0, done.stderr


def order(browser: Browser, *names: str, waits: bool = False) -> list[int]:
    return statuses(browser, *(f"/start/{name}/{waits:d}" for name in names))


def test_a_job_of_a_killed_worker_runs_again_and_those_that_wait_run(jobs: Jobs) -> None:
    waiting = [f"waiting{number}" for number in range(3)]
    with jobs.site.serving(**jobs.settings) as browser:
        assert status(browser.origin + "/readyz") == 200
        jobs.start()
        assert order(browser, "killed", waits=True) == [200]
        assert jobs.came("begin killed")
        jobs.kill()
        assert order(browser, *waiting) == [200] * 3
    assert "end killed" not in jobs.notes
    jobs.let_minutes_pass()
    jobs.let_go()
    jobs.start()
    assert jobs.came("end killed", *(f"end {name}" for name in waiting), seconds=120), jobs.notes
    assert jobs.notes.count("begin killed") == 2


def test_workers_of_one_host_have_names_of_their_own(jobs: Jobs) -> None:
    log = jobs.site.folder / "worker.log"

    def names() -> set[str]:
        return set(re.findall(r"\S+@\S+(?= ready)|Worker \w+(?=: started)", log.read_text()))

    log.touch()
    earlier = names()
    jobs.start()
    jobs.start()
    assert wait_until(lambda: len(names() - earlier) == 2), log.read_text()


def test_a_queue_that_stops_is_an_error_page_and_it_comes_back_with_all_that_it_had(jobs: Jobs) -> None:
    with jobs.site.serving(**jobs.settings) as browser:
        assert order(browser, "before") == [200]
        worker = jobs.start()
        assert jobs.came("end before")
        assert order(browser, "meanwhile", waits=True) == [200]
        assert jobs.came("begin meanwhile")
        assert order(browser, "waiting") == [200]
        jobs.server.stop()
        jobs.let_go()
        assert order(browser, "refused") == [503]
        assert statuses(browser, "/readyz", "/", "/healthz") == [503, 200, 200]
        assert "work was not queued: " in jobs.site.log
        jobs.server.start()
        assert wait_until(lambda: status(browser.origin + "/readyz") == 200)
        assert order(browser, "after") == [200]
    if jobs.engine == "celery":
        assert worker.poll() is None
    assert jobs.came_with_a_supervisor("end after", "end waiting"), jobs.notes
    assert "begin refused" not in jobs.notes


def test_a_full_queue_refuses_jobs_and_loses_none_that_it_took(jobs: Jobs) -> None:
    taken = [f"job{number}" for number in range(10)]
    with jobs.site.serving(**jobs.settings) as browser:
        assert order(browser, *taken) == [200] * 10
        jobs.server.fill()
        # RabbitMQ takes one more of each connection.
        refused = [status(f"{browser.origin}/start/more{number}/0") for number in range(3)]
        assert refused[-1] == 503
        assert statuses(browser, "/readyz", "/") == [503, 200]
        jobs.server.drain()
        assert wait_until(lambda: status(browser.origin + "/readyz") == 200)
        assert order(browser, "last") == [200]
    jobs.start()
    assert jobs.came(*(f"end {name}" for name in (*taken, "last")), seconds=150), jobs.notes
    assert [jobs.notes.count(f"begin {name}") for name in taken] == [1] * 10


def test_jobs_that_raise_and_that_kill_their_process_are_tried_again_after_a_pause(jobs: Jobs) -> None:
    names = ("raises", "crashes")
    with jobs.site.serving(**jobs.settings) as browser:
        jobs.start()
        for crashes, name in enumerate(names):
            assert status(f"{browser.origin}/fail/{name}/{crashes}") == 200
        assert order(browser, "another") == [200]
        assert jobs.came("end another")
        assert wait_until(lambda: [len(jobs.times(name)) for name in names] == [2, 2]), jobs.notes
    for name in names:
        first, second = jobs.times(name)
        assert second - first > 5
    log = (jobs.site.folder / "worker.log").read_text()
    assert "RuntimeError" in log
    assert "9 (" in log  # `signal 9 (SIGKILL)` of Celery, `returned -9 (...` of RQ


@pytest.mark.slow
def test_the_schedule_queues_jobs_at_their_times(jobs: Jobs) -> None:
    jobs.start()
    jobs.start("schedule")
    assert jobs.came("tick", seconds=90)
    assert jobs.notes.count("tick") == 1
