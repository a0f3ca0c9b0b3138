"""An environment, an index, and uv between them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import virtualenv

from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from tests.effects.index_server import LoopbackIndex, digest, make_wheel, serve
from tests.effects.recorder import Recorder

ALPHA = make_wheel("alpha", "1.0", requires=("beta>=1",))
BETA_1 = make_wheel("beta", "1.0")
BETA_2 = make_wheel("beta", "2.0")
HERE = Interpreter(Path(sys.executable), ".".join(str(part) for part in sys.version_info[:3]))


@dataclass
class Workbench:
    """A fresh environment, and what was reported of it."""

    environment: Path
    reporter: Recorder = field(default_factory=Recorder)

    def uv(self, sources: PackageSources) -> Uv:
        return Uv(Session(self.reporter), sources)

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def resolve(
        self, *requirements: str, sources: PackageSources, preferences: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        return self.uv(sources).resolve(requirements, interpreter=HERE, preferences=preferences)

    def install(self, *pins: Pin, sources: PackageSources) -> tuple[str, ...]:
        """Return the packages that an index rebuilt, as the warnings name them."""
        self.uv(sources).install(pins, python=self.python)
        return self.take_rebuilt()

    def repair(self, *pins: Pin, names: list[str], sources: PackageSources) -> tuple[str, ...]:
        self.uv(sources).install(pins, python=self.python, again=names)
        return self.take_rebuilt()

    def take_rebuilt(self) -> tuple[str, ...]:
        told = [text for text in self.reporter.warnings if "a different build of" in text]
        self.reporter.warnings = [text for text in self.reporter.warnings if text not in told]
        return tuple(re.findall(r"build of (\S+) than", "\n".join(told)))

    def version_of(self, module: str) -> str:
        """Import a module in the environment; the error's last line where that fails."""
        code = f"import {module}; print({module}.version)"
        asked = subprocess.run([self.python, "-I", "-B", "-c", code], capture_output=True, text=True)
        return (asked.stdout or asked.stderr).strip().splitlines()[-1]


def pinned(wheel: tuple[str, bytes]) -> Pin:
    name, version = wheel[0].split("-")[:2]
    return Pin(name, version, hashes=(digest(wheel[1]),))


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache directory of the whole run, where virtualenv keeps what it knows of interpreters."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's home, caches, settings and credentials out of the tests, and the tests out of them."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "XDG_", "VIRTUALENV_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, folder in (("HOME", "home"), ("UV_CACHE_DIR", "uv"), ("PIP_CACHE_DIR", "pip")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))


@pytest.fixture
def index() -> Iterator[LoopbackIndex]:
    with serve(LoopbackIndex()) as served:
        served.add(ALPHA, BETA_1, BETA_2)
        yield served


@pytest.fixture
def sources(index: LoopbackIndex) -> PackageSources:
    return PackageSources(index_url=index.url)


@pytest.fixture
def bench(tmp_path: Path, shared_cache: Path) -> Workbench:
    environment = tmp_path / "environment" / "venv"
    arguments = ["--app-data", str(shared_cache), "--no-periodic-update", "--no-seed", "-p", sys.executable]
    virtualenv.cli_run([*arguments, str(environment)], setup_logging=False)
    return Workbench(environment)


@pytest.fixture
def public() -> PackageSources:
    """The public index, with the certificates that this machine trusts."""
    return PackageSources(certificate=os.environ.get("SSL_CERT_FILE"))
