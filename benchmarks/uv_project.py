"""The same project made with uv, as by a person who has no generator, of the packages that flaskgen pins."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from pins import Pins, differences, read_pins, read_versions
from sandbox import CHECKOUT, PROJECT, Sandbox
from starting import seconds_to_start

_ONE_ROUTE = """\
from flask import Flask
from flask_login import LoginManager
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

app = Flask(__name__)
app.config.update(SECRET_KEY="benchmark", SQLALCHEMY_DATABASE_URI="sqlite://")
SQLAlchemy(app)
LoginManager(app)
Mail(app)
CSRFProtect(app)


@app.route("/")
def index():
    return "hello"
"""


@dataclass(frozen=True)
class Versions:
    """What both sides are made of."""

    project: Path
    """The project of flaskgen's that the rest is read from."""
    pins: Pins
    python: Path
    """The interpreter that flaskgen chooses."""


def prepare_versions(sandbox: Sandbox) -> Versions:
    """Make a project with flaskgen, which fills the caches, and read from it what both sides are made of."""
    directory = sandbox.root / "first"
    directory.mkdir()
    command = (sandbox.flaskgen, "new", PROJECT, "--preset", "web", "--yes", "--json")
    flask = json.loads(sandbox.run(*command, cwd=directory))["spec"]["flask"]
    series = ".".join(flask.split(".")[:2])
    lock = CHECKOUT / "flaskgen" / "compatibility" / f"{series}.lock"
    project = directory / PROJECT
    code = "import sys; print(sys._base_executable, end='')"
    return Versions(
        project,
        read_pins(project, lock.read_text(encoding="utf-8")),
        Path(sandbox.run(project / ".venv" / "bin" / "python", "-c", code)),
    )


class UvProject:
    """``uv init --no-package && uv add PACKAGES && uv add --dev PACKAGES && uv export``.

    What is added is what the application itself requires or, if ``exact``, everything in its requirements
    files. The rest is constrained to flaskgen's lock, so a newer release on the index changes nothing.
    Methods that do something return its seconds.
    """

    def __init__(self, sandbox: Sandbox, versions: Versions, *, exact: bool = False) -> None:
        pins = versions.pins
        self._sandbox = sandbox
        self._pins = pins
        self._packages = (pins.runtime, pins.dev) if exact else (pins.direct, pins.direct_dev)
        self._python = versions.python
        self._constraints = versions.project.with_name("constraints.txt")
        self._constraints.write_text("".join(f"{pin}\n" for pin in pins.lock), encoding="utf-8")

    def make(self, directory: Path, *, home: Path | None = None) -> float:
        """Make it below ``directory``; with the caches of ``home``, if there is another one."""
        runtime, dev = self._packages
        return (
            self._uv("init", "--no-package", PROJECT, cwd=directory, home=home)
            + self._add(*runtime, directory=directory, home=home)
            + self._add("--dev", *dev, directory=directory, home=home)
            + self._uv("export", "--output-file", "requirements.txt", cwd=directory / PROJECT, home=home)
        )

    def add(self, directory: Path, name: str) -> float:
        """Add a package to the project below ``directory``."""
        return self._add(self._pins.pinned(name), directory=directory)

    def start(self, directory: Path, *, more: str = "") -> float:
        """Start an application of one route that has the extensions, and ``more``."""
        self.write_application(directory, more=more)
        return seconds_to_start(self._sandbox, directory / PROJECT)

    def write_application(self, directory: Path, *, more: str = "") -> None:
        (directory / PROJECT / "app.py").write_text(_ONE_ROUTE + more, encoding="utf-8")

    def require_same_versions(self, directory: Path) -> None:
        """Stop unless uv locked below ``directory`` what flaskgen installs."""
        exported = (directory / PROJECT / "requirements.txt").read_text(encoding="utf-8")
        if different := differences(self._pins.versions, read_versions(exported)):
            sys.exit("\n".join(["both sides are pinned, and yet they differ:", *different]))

    def _add(self, *arguments: str, directory: Path, home: Path | None = None) -> float:
        command = ("add", "--constraints", self._constraints)
        return self._uv(*command, *arguments, cwd=directory / PROJECT, home=home)

    def _uv(self, *arguments: str | Path, cwd: Path, home: Path | None = None) -> float:
        variables = {"UV_PYTHON": str(self._python)} | ({"HOME": str(home)} if home else {})
        return self._sandbox.seconds((self._sandbox.uv, *arguments), cwd=cwd, variables=variables)
