"""The deployment of the guide on one machine, under load: `python -m tests.topology [--write]`.

Two instances of gunicorn behind nginx, PostgreSQL, Redis and two workers. What has to be shared is requested
through both instances; wrk measures; and while requests and jobs come, each part is killed or restarted.
Needs nginx, wrk, PostgreSQL and Redis: `apt-get install nginx-light wrk postgresql redis-server`. Takes about
fifteen minutes, and needs a quiet machine: with `--write`, its tables go into docs/topology.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from tests.marked_document import write_between
from tests.matrix.cells import ROOT
from tests.project_templates.environments import make_environment
from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST, any_python_of
from tests.project_templates.served import free_port
from tests.project_templates.subsets import SHIPPED, Subset, closed, known_to, write_tree
from tests.topology.stack import Service, Stack, get, running_stack, serve_wsgi
from tests.topology.tokens import token_rows

DOCUMENT = ROOT / "docs" / "topology.md"
BEGIN, END = "<!-- made by `python -m tests.topology --write` -->", "<!-- end -->"
START = (
    "import time; before = time.perf_counter(); from my_shop import create_app; "
    "create_app({'TESTING': True}); "
    "print(time.perf_counter() - before, open('/proc/self/status').read().split('VmRSS:')[1].split()[0])"
)
HAND_WRITTEN = """from hashlib import sha256
from pathlib import Path

from flask import Flask, render_template
from flask_login import LoginManager

app = Flask(__name__)
app.secret_key = "0123456789-abcdefghij-KLMNOP"
LoginManager(app).user_loader(lambda user_id: None)

HASHES = {{
    path.name: sha256(path.read_bytes()).hexdigest()[:16] for path in Path("static").iterdir()
}}


@app.url_defaults
def add_hash(endpoint, values):
    if endpoint == "static":
        values["v"] = HASHES[values["filename"]]


@app.route("/", endpoint="main.index")
def index():
    return render_template("main/index.html")


@app.route("/healthz")
def healthz():
    return "ok"


@app.route("/text")
def text():
    return PAGE


PAGE = Path("page.html").read_text()
for endpoint, rule in {links}:
    app.add_url_rule(rule, endpoint, lambda: "")
"""
LIST_LINKS = """
import json
from wsgi import app
links = [(rule.endpoint, rule.rule) for rule in app.url_map.iter_rules() if not rule.arguments]
print(json.dumps([link for link in links if link[0] not in ("main.index", "health.healthz")]))
"""
GROWTH = 2.0  # MB of a process, beyond which the last quarter of the requests may not have made it grow
Table = list[Sequence[str]]


@dataclass
class Load:
    """Requests and jobs that keep coming, and what became of them."""

    port: int
    pages: list[int] = field(default_factory=list)
    accepted: set[int] = field(default_factory=set)
    refused: int = 0

    @contextmanager
    def running(self, first: int) -> Iterator[None]:
        done = threading.Event()

        def request_pages() -> None:
            while not done.is_set():
                self.pages.append(get(self.port, "/notes/")[0])

        def queue_jobs() -> None:
            number = first
            while not done.wait(0.5):
                number += 1
                if get(self.port, f"/probe/job/{number}")[0] == 200:
                    self.accepted.add(number)
                else:
                    self.refused += 1

        threads = [threading.Thread(target=target) for target in (request_pages, request_pages, queue_jobs)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()


def main() -> int:
    """Measure, print the tables, and return 1 if something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.topology", description=__doc__.partition(":")[0])
    parser.add_argument("--seconds", type=int, default=10, help="how long each rate is measured")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/topology.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the services end as well
    cache = Path(os.environ.get("TEST_PACKAGE_CACHE") or ROOT / ".pytest_cache" / "packages").absolute()
    cache.mkdir(parents=True, exist_ok=True)
    parts: list[str] = []
    lost: list[str] = []
    with tempfile.TemporaryDirectory(prefix="topology-") as folder:
        parent = Path(folder).resolve()
        (parent / "cache").mkdir()
        (parent / "cache" / "uv").symlink_to(cache)
        with running_stack(parent, parent / "cache") as stack:
            shared = [*shared_rows(stack, lost), *token_rows(stack, lost)]
            parts.append(_section("What both instances share", ("what", "result"), shared))
            faults = fault_rows(stack, lost)
            names = (
                "fault",
                "pages answered",
                "not answered",
                "jobs accepted",
                "refused",
                "lost",
                "ready again",
            )
            parts.append(_section("What a fault costs", names, faults))
            parts.append(rate_sections(stack, options.seconds))
            parts.append(memory_section(stack, options.seconds, lost))
            parts.append(limit_section(stack, parent, options.seconds))
            parts.append(cost_section(stack))
        parts.append(extension_section(parent))
    text = "\n".join([machine(), "", *parts])
    print(text)
    for line in lost:
        print(f"LOST: {line}", file=sys.stderr)
    if options.write:
        write_between(DOCUMENT, BEGIN, END, text)
    return 1 if lost else 0


def machine() -> str:
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    processor = model[1] if model else platform.machine()
    machine = f"{os.cpu_count()} processors ({processor}), {platform.system()}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine}, Flask {NEWEST.tested}."


def _section(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"## {title}", "", f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


def shared_rows(stack: Stack, lost: list[str]) -> Table:
    """Request sessions, a limit and jobs through both instances in turn."""
    cookie, counts = "", []
    for _ in range(10):
        _, body, cookie = get(stack.port, "/probe/session", Cookie=cookie)
        counts.append(body)
    session = counts == [str(number) for number in range(1, 11)]
    allowed = [get(stack.port, "/probe/limited")[0] for _ in range(20)].count(200)
    for number in range(20):
        get(stack.port, f"/probe/job/{number}")
    done = all_done(stack, set(range(20)))
    for what, holds in (("session", session), ("limit", allowed == 10), ("jobs", done)):
        if not holds:
            lost.append(f"{what} is not shared")
    return [
        ("10 requests of one session", "counted 1 to 10" if session else f"counted {', '.join(counts)}"),
        ("20 requests, 10 of them within the limit", f"{allowed} answered"),
        ("20 jobs of both instances", "done by the workers" if done else "not all done"),
    ]


def wait_for(holds: Callable[[], bool], seconds: float = 240) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def all_done(stack: Stack, jobs: set[int]) -> bool:
    """Wait until the workers have done the jobs; one of a killed worker is done again after minutes."""
    return wait_for(lambda: jobs <= stack.recorded)


def fault_rows(stack: Stack, lost: list[str]) -> Table:
    """Kill or restart each part while requests and jobs keep coming."""
    instance, worker = stack.instances[0], stack.workers[0]

    def again(kind: str) -> Callable[[], None]:
        service = stack.redis if kind == "Redis" else stack.postgresql

        def restart() -> None:
            service.stop()
            if wait_for(lambda: get(stack.port, "/readyz")[0] == 200, seconds=0):
                lost.append(f"/readyz says that {kind} is there while it is not")
            service.start()

        return restart

    faults: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "an instance is killed": (instance.kill, instance.start),
        "a worker is killed": (worker.kill, worker.start),
        "Redis restarts": (again("Redis"), lambda: None),
        "PostgreSQL restarts": (again("PostgreSQL"), lambda: None),
    }
    rows: Table = []
    for position, (name, (fault, repair)) in enumerate(faults.items(), start=1):
        load = Load(stack.port)
        with load.running(first=position * 100_000):
            time.sleep(2)
            began = time.monotonic()
            fault()
            ready = wait_for(lambda: get(stack.port, "/readyz")[0] == 200)
            seconds = time.monotonic() - began
            time.sleep(2)
            repair()
            time.sleep(2)
        stack.restart_ended_workers()
        all_done(stack, load.accepted)
        missing = load.accepted - stack.recorded
        if missing or not ready:
            lost.append(f"{name}: {len(missing)} jobs, ready again: {ready}")
        failed = sum(status != 200 for status in load.pages)
        numbers = (len(load.pages) - failed, failed, len(load.accepted), load.refused, len(missing))
        rows.append((name, *map(str, numbers), f"{seconds:.1f} s"))
        print(rows[-1], file=sys.stderr)
    return rows


def rate(port: int, path: str, seconds: int) -> tuple[float, str, str]:
    """Return the requests a second, and the median and the 99th percentile of the time of one."""
    options = ["-t1", "-c16", f"-d{seconds}s", "--latency", "-H", "Host: localhost"]
    command = ["wrk", *options, f"http://127.0.0.1:{port}{path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told, told
    [number] = re.findall(r"Requests/sec:\s+([\d.]+)", told)
    return float(number), *(re.findall(rf"^ +{share}% +(\S+)", told, re.MULTILINE)[0] for share in (50, 99))


def set_workers(instance: Service, number: int) -> None:
    place = list(instance.command).index("--workers") + 1
    instance.command = [*instance.command[:place], str(number), *instance.command[place + 1 :]]


def rate_sections(stack: Stack, seconds: int) -> str:
    """Measure the home page and one with the database, with 1, 2 and 4 processes, and 1 and 2 instances."""
    rows: Table = []
    for instance in stack.instances:
        instance.stop()
    for instances, workers in product((1, 2), (1, 2, 4)):
        chosen = stack.instances[:instances]
        for one in chosen:
            set_workers(one, workers)
            one.start()
        wait_for(lambda: get(stack.port, "/healthz")[0] == 200)
        for path in ("/", "/notes/"):
            before = chosen[0].memory
            number, median, slow = rate(stack.port, path, seconds)
            after = chosen[0].memory
            rows.append(
                (
                    path,
                    str(instances),
                    str(workers),
                    f"{number:.0f}",
                    median,
                    slow,
                    f"{before:.0f}",
                    f"{after:.0f}",
                )
            )
            print(rows[-1], file=sys.stderr)
        for one in chosen:
            one.stop()
    names = (
        "page",
        "instances",
        "workers of each",
        "requests/s",
        "p50",
        "p99",
        "MB of a worker",
        "MB after it",
    )
    return _section("Requests a second", names, rows)


def memory_section(stack: Stack, seconds: int, lost: list[str]) -> str:
    """Measure how a process grows while it answers more and more requests: in the end, not at all."""
    rows: Table = []
    instance = stack.instances[0]
    set_workers(instance, 1)
    for path in ("/", "/notes/", "/probe/session"):
        instance.start()
        answered, sizes = 0.0, [instance.memory]
        for _ in range(4):
            answered += seconds * rate(int(instance.environment["PORT"]), path, seconds)[0]
            sizes.append(instance.memory)
        instance.stop()
        if sizes[-1] - sizes[-2] > GROWTH:
            lost.append(f"{path}: a process still grows after {answered:.0f} requests: {sizes}")
        rows.append((path, f"{answered:.0f}", *(f"{size:.1f}" for size in sizes)))
        print(rows[-1], file=sys.stderr)
    names = (
        "page",
        "requests",
        "MB at first",
        *(f"MB after {part}" for part in ("1/4", "2/4", "3/4", "all")),
    )
    return _section("Memory of a process that answers them", names, rows)


def limit_section(stack: Stack, parent: Path, seconds: int) -> str:
    """Measure the home page beside the same page of a hand-written application, without a proxy.

    One process each: of two, the one that is faster to accept can get all connections of wrk, and keeps them.
    """
    project, folder = stack.production.folder, parent / "by-hand"
    for name in ("static", "templates"):
        shutil.copytree(project / "shop" / name, folder / name)
    shutil.copy(project / "gunicorn.conf.py", folder)
    generated = stack.instances[0]
    set_workers(generated, 1)
    settings = stack.production.settings | {"PORT": str(free_port())}
    by_hand = serve_wsgi(folder, stack.production.python, settings, workers=1, name="by-hand")
    generated.start()
    page = get(int(generated.environment["PORT"]), "/")[1]
    (folder / "page.html").write_text(page)
    links = stack.production.call(stack.production.python, "-c", LIST_LINKS)
    (folder / "wsgi.py").write_text(HAND_WRITTEN.format(links=links.strip()))
    by_hand.start()
    try:
        assert get(int(settings["PORT"]), "/")[1] == page
        pages = {
            "generated": (generated, "/"),
            "by hand, with the same templates": (by_hand, "/"),
            "by hand, a text that is ready": (by_hand, "/text"),
        }
        rates: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(5):  # alternating, so that a slow minute concerns all
            for name, (service, path) in pages.items():
                rates[name].append(rate(int(service.environment["PORT"]), path, seconds)[0])
    finally:
        by_hand.stop()
    generated.stop()
    median = {name: statistics.median(each) for name, each in rates.items()}
    rows = [(name, f"{number:.0f}", f"{number / median['generated']:.2f}") for name, number in median.items()]
    names = ("application", "requests/s", "times the generated one")
    return _section("The limit: the same page, written by hand", names, rows)


def cost_section(stack: Stack) -> str:
    """Measure in one process, without a server, what each part of the application takes of a request."""
    costs = json.loads(stack.production.call(stack.production.python, Path(__file__).with_name("costs.py")))
    rows = [(name, f"{cost:.0f}") for name, cost in sorted(costs.items(), key=lambda item: -item[1])]
    return _section("What a request of the home page costs", ("part", "microseconds"), rows)


def extension_section(parent: Path) -> str:
    """Measure what each extension adds to the start of an application and to its memory."""
    folder = parent / "environment"
    folder.mkdir()
    python = make_environment(folder, NEWEST, any_python_of(NEWEST), cache=parent / "cache")
    settings = {"PATH": os.environ["PATH"], "DATABASE_URL": "sqlite://", "HOME": str(parent)}
    measured: dict[Subset, tuple[float, float]] = {}

    def measure(subset: Subset) -> tuple[float, float]:
        if subset not in measured:
            project = write_tree(parent / f"project-{len(measured)}", render_project(subset))
            runs = []
            for _ in range(6):
                done = subprocess.run(
                    [python, "-c", START],
                    cwd=project,
                    env=settings,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                seconds, memory = done.stdout.split()
                runs.append((float(seconds) * 1000, int(memory) / 1024))
            later = runs[1:]  # the first one compiles
            measured[subset] = (
                statistics.median(run[0] for run in later),
                statistics.median(run[1] for run in later),
            )
        return measured[subset]

    alone = measure(())
    rows: Table = [("Flask alone", f"{alone[0]:.0f} ms", f"{alone[1]:.0f} MB")]
    for name in known_to(NEWEST):
        before = measure(tuple(one for one in closed(SHIPPED.extensions[name].needs) if one != name))
        after = measure(closed((name,)))
        rows.append((f"`{name}`", f"{after[0] - before[0]:+.0f} ms", f"{after[1] - before[1]:+.1f} MB"))
    names = ("extension", "start", "memory")
    return _section("What each extension adds, beside what it requires", names, rows)


if __name__ == "__main__":
    sys.exit(main())
