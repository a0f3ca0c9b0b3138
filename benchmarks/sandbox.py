"""Where both sides run: a home directory of their own, and a flaskgen installed as its users install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

Ignore = Callable[[str, list[str]], Iterable[str]]

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = "shop"
"""The name of every project that is made."""

# How this machine reaches a package index, and the little that programs need to run. The rest is left
# out: above all PYTHONDONTWRITEBYTECODE, and caches other than the run's own.
_KEPT = (
    "PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST",
    "PIP_CONFIG_FILE", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE",
)  # fmt: skip


class Sandbox:
    """A directory for everything that the benchmarks make, and the programs that run in it.

    What takes time to prepare is prepared when it is first used.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = make_home(root / "home")
        """The home whose caches get warm."""
        self._environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        # pyenv's interpreters belong to the machine, not to the home.
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        if pyenv.is_dir():
            self._environment["PYENV_ROOT"] = str(pyenv)

    @cached_property
    def python(self) -> Path:
        """The interpreter of an environment in which pip installed this checkout, as the README says."""
        source, environment = self.root / "source", self.root / "flaskgen"
        unwanted = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "__pycache__", "tests", "docs")
        # Outside the checkout, since a build writes into the directory that it builds.
        shutil.copytree(CHECKOUT, source, ignore=_keeping_templates(unwanted))
        self.run(sys.executable, "-m", "venv", environment)
        self.run(environment / "bin" / "python", "-m", "pip", "install", "--quiet", source)
        return environment / "bin" / "python"

    @property
    def flaskgen(self) -> Path:
        return self.python.with_name("flaskgen")

    @property
    def uv(self) -> Path:
        """The one that flaskgen depends on and uses."""
        return self.python.with_name("uv")

    def run(
        self, *command: str | Path, cwd: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> str:
        """Run a program and return its standard output; a failure shows what it printed and stops the run."""
        completed = subprocess.run(
            command,
            cwd=cwd or self.root,
            env=self.environment(variables),
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
        self, *commands: tuple[str | Path, ...], cwd: Path, variables: Mapping[str, str] | None = None
    ) -> float:
        """Return the seconds that commands take, one after the other, as a shell runs ``a && b``."""
        started = time.perf_counter()
        for command in commands:
            self.run(*command, cwd=cwd, variables=variables)
        return time.perf_counter() - started

    def environment(self, variables: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment variables of a program that runs here."""
        return {**self._environment, "HOME": str(self.home), **(variables or {})}


def make_home(home: Path) -> Path:
    """Make a home directory without caches, with this machine's settings of pip and uv."""
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

    def ignore(directory: str, names: list[str]) -> set[str]:
        inside = CHECKOUT / "project_templates" in (Path(directory), *Path(directory).parents)
        return {"__pycache__"} if inside else set(unwanted(directory, names))

    return ignore
