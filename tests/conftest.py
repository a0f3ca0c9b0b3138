"""What every test gets: a home of its own, and a package cache that the run shares."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Settings of the person who runs the tests that would change what flaskgen does. Where packages come from
# stays: a machine may reach its index in no other way.
_KEPT = {
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_CERT",
    "PIP_PROXY",
    "PIP_TRUSTED_HOST",
}
_PREFIXES = ("PIP_", "UV_", "VIRTUALENV_", "FLASK_", "GIT_", "WORKON", "VIRTUAL_ENV", "XDG_", "FLASKGEN_")
_OTHERS = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "NO_COLOR", "FORCE_COLOR", "SECRET_KEY")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of packages, interpreters and compiled modules that all tests of a run share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session", autouse=True)
def _pyenv_stays_found() -> None:
    """Let interpreters be found that pyenv keeps in the home that tests do not see."""
    versions = Path.home() / ".pyenv"
    if versions.is_dir():
        os.environ.setdefault("PYENV_ROOT", str(versions))


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty home folder; settings of the user's surroundings are out of sight."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if (name.startswith(_PREFIXES) and name not in _KEPT) or name in _OTHERS:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return folder


@pytest.fixture
def flaskgen(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a process of its own, without a terminal, in the test's folder."""

    def run(*arguments: str, cwd: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flaskgen", *arguments],
            cwd=cwd,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )

    return run
