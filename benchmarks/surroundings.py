"""The surroundings that both sides run in: a home of their own, and a flaskgen as its users have it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

Ignore = Callable[[str, list[str]], Iterable[str]]

CHECKOUT = Path(__file__).resolve().parent.parent

# How this machine reaches a package index, and the little that programs need to run. The rest is left
# out: above all PYTHONDONTWRITEBYTECODE, and caches that are not the run's own.
_KEPT = (
    "PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST",
    "PIP_CONFIG_FILE", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE",
)  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """A folder for everything that the benchmarks make, and what is installed in it."""

    root: Path
    environment: Mapping[str, str]

    @property
    def python(self) -> Path:
        """The interpreter of the environment that flaskgen is installed in."""
        return self.root / "flaskgen" / "bin" / "python"

    @property
    def flaskgen(self) -> Path:
        return self.python.with_name("flaskgen")

    @property
    def uv(self) -> Path:
        """The one that flaskgen brings along and uses."""
        return self.python.with_name("uv")

    def run(
        self, *command: str | Path, cwd: Path | None = None, extra: Mapping[str, str] | None = None
    ) -> str:
        """Run a program and give its standard output; a failure shows what it printed, and ends all."""
        completed = subprocess.run(
            command,
            cwd=cwd or self.root,
            env={**self.environment, **(extra or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode != 0:
            shown = " ".join(map(str, command))
            printed = completed.stdout + completed.stderr
            sys.exit(f"{shown}\nfailed with exit code {completed.returncode}:\n{printed}")
        return completed.stdout

    def seconds(
        self, *commands: tuple[str | Path, ...], cwd: Path, extra: Mapping[str, str] | None = None
    ) -> float:
        """Give the seconds that commands take, one after the other, as a shell runs ``a && b``."""
        started = time.perf_counter()
        for command in commands:
            self.run(*command, cwd=cwd, extra=extra)
        return time.perf_counter() - started


def make_surroundings(root: Path) -> Surroundings:
    """Make an empty home, and install this checkout's flaskgen with pip, as the README says."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["HOME"] = str(_make_home(root / "home"))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    if pyenv.is_dir():
        environment["PYENV_ROOT"] = str(pyenv)
    surroundings = Surroundings(root, environment)
    source = root / "source"
    unwanted = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "__pycache__", "tests", "docs")
    # Away from the checkout, since the build writes into the folder that it builds.
    shutil.copytree(CHECKOUT, source, ignore=_keeping_templates(unwanted))
    surroundings.run(sys.executable, "-m", "venv", root / "flaskgen")
    surroundings.run(surroundings.python, "-m", "pip", "install", "--quiet", source)
    return surroundings


def _make_home(home: Path) -> Path:
    home.mkdir(parents=True)
    # Git commits only for someone.
    (home / ".gitconfig").write_text("[user]\n\tname = Benchmark\n\temail = benchmark@example.org\n")
    for settings in (Path(".config/pip/pip.conf"), Path(".pip/pip.conf"), Path(".config/uv/uv.toml")):
        if (Path.home() / settings).is_file():
            (home / settings).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path.home() / settings, home / settings)
    return home


def _keeping_templates(unwanted: Ignore) -> Ignore:
    """Copy all of project_templates, whose dotfiles and tests are what is generated."""

    def ignore(folder: str, names: list[str]) -> set[str]:
        inside = CHECKOUT / "project_templates" in (Path(folder), *Path(folder).parents)
        return {"__pycache__"} if inside else set(unwanted(folder, names))

    return ignore
