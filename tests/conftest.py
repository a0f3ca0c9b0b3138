"""What every test gets: a home of its own, clean surroundings, and a package cache kept between runs."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from flaskgen.commands import changing
from flaskgen.effects.python import interpreters
from flaskgen.effects.python.interpreters import find_of_minor
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter
from tests.browser.npm import NodeModules, install_node_modules
from tests.surroundings import MEASURED, seen_by_tests

# They need what Windows lacks: pseudo-terminals, the database of users, limits, virtualenvwrapper, kills.
collect_ignore = (
    [
        "cli/test_completion.py",
        "cli/test_prompts.py",
        "e2e",
        "effects/project/test_locating_workon.py",
        "effects/system/test_user_directories.py",
        "effects/transaction/test_transaction.py",
    ]
    if sys.platform == "win32"
    else []
)

LONG = (
    "e2e/test_databases.py",
    "project_templates/test_generated_tests.py",
    "reliability/test_points.py",
    "e2e/test_jobs.py",
    "project_templates/test_resources.py",
    "browser/test_pages.py",
    "e2e/test_resource_story.py",
    "test_packaging.py",
    "test_documents.py",
    "project_templates/test_types.py",
    "e2e/test_fixes.py",
    "e2e/test_fresh_clone.py",
    "e2e/test_revisions.py",
    "e2e/test_upgrade.py",
    "e2e/test_new_project.py",
    "e2e/test_change_project.py",
    "project_templates/test_ci.py",
    "tools/test_refresh_locks.py",
    "e2e/test_every_series.py",
    "e2e/test_next_series.py",
)
"""The modules that take longest, in this order, so that short ones are left for the end."""
SHARE_THE_APPLICATION = [f"tests/browser/test_{name}.py" for name in ("pages", "person", "observatory")]
RENDER_AGAIN = ("edits", "package_tools", "project_templates")
"""Directories of tests that render other choices with code that other tests run."""


def pytest_configure(config: pytest.Config) -> None:
    """Take away what was exported, before any module of the tests is imported or a worker is started."""
    if config.option.dist == "worksteal" and "not e2e" not in config.option.markexpr:
        # One worker runs all tests that share what takes long to make.
        config.option.dist = "loadfile"
        config.option.loadscopereorder = False  # the modules with the most tests are not the longest
    settings.register_profile("no time limit", deadline=None)
    settings.load_profile("no time limit")
    seen = seen_by_tests(os.environ)
    os.environ.clear()
    os.environ.update(seen)


class ByWhatTheyShare(LoadFileScheduling):
    """Gives one worker all tests of a module, and all that use the application of ``tests/browser``."""

    def _split_scope(self, nodeid: str) -> str:
        module = super()._split_scope(nodeid)
        return "the application" if module in SHARE_THE_APPLICATION else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatTheyShare | None:
    return ByWhatTheyShare(config, log) if config.option.dist == "loadfile" else None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Start more workers than there are processors for `e2e`, whose tests wait a third of the time."""
    if "not e2e" in config.option.markexpr:
        return os.cpu_count()
    return max(2, (os.cpu_count() or 1) * 3 // 2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless `-m` names it, and run what is long first."""
    long = [Path(__file__).parent / name for name in LONG]
    if missing := [str(path) for path in long if not path.is_file()]:
        raise pytest.UsageError(f"LONG in tests/conftest.py names what is not there: {', '.join(missing)}")
    order = {path: number for number, path in enumerate(long)}
    items.sort(key=lambda item: order.get(item.path, len(long)))
    if "slow" not in config.option.markexpr:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage where that would double the time and show nothing."""
    trace = sys.gettrace()
    if item.path.relative_to(Path(__file__).parent).parts[0] in RENDER_AGAIN:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported and collected, which stays until the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def package_cache(pytestconfig: pytest.Config) -> Path:
    """uv's cache, which all workers share and which is kept between runs."""
    kept = os.environ.get("TEST_PACKAGE_CACHE") or pytestconfig.rootpath / ".pytest_cache" / "packages"
    folder = Path(kept).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A directory that the workers of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def shared_cache(of_all_workers: Path, package_cache: Path) -> Path:
    """The cache directory of all tests of a run: packages, interpreters and compiled modules."""
    folder = of_all_workers / "cache"
    folder.mkdir(exist_ok=True)
    with suppress(FileExistsError):
        (folder / "uv").symlink_to(package_cache)
    return folder


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory, package_cache: Path) -> NodeModules:
    """Packages from npm, kept beside those of Python."""
    return install_node_modules(package_cache / "npm", tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="session", autouse=True)
def _what_only_takes_time_is_left_out() -> Iterator[None]:
    """Wait for no disk, which only a loss of power would tell, and ask each interpreter once what it is."""
    session = Session()
    find = cache(lambda minor: find_of_minor(minor, session=session))
    ask, asked = interpreters._probe, dict[Path, Interpreter | None]()

    def ask_once(path: Path, session: Session) -> Interpreter | None:
        if path.is_relative_to(gettempdir()):  # a test made it
            return ask(path, session)
        if path not in asked:
            asked[path] = ask(path, session)
        return asked[path]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda fd: None)
        patch.setattr(changing, "find_of_minor", lambda minor, session: find(minor))
        patch.setattr(interpreters, "_probe", ask_once)
        yield


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def home(homes: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory."""
    folder = Path(mkdtemp(dir=homes))  # pytest's mktemp reads the names of all that are there
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(shared_cache))
    for name in MEASURED:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def flaskgen(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a process of its own, without a terminal, in the test's directory."""

    def run(*arguments: str, cwd: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flaskgen", *arguments],
            cwd=cwd,
            env=os.environ | MEASURED | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )

    return run
