"""The same project made with uv: what a person types who has no generator."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from surroundings import Surroundings

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
class Packages:
    """What both sides install: what flaskgen's project requires directly, at its exact versions."""

    runtime: tuple[str, ...]
    dev: tuple[str, ...]
    versions: dict[str, str]
    """All that flaskgen pins, by normalised name."""
    python: Path
    """The interpreter that flaskgen chooses."""

    @property
    def all(self) -> tuple[str, ...]:
        return self.runtime + self.dev


def read_packages(surroundings: Surroundings, project: Path) -> Packages:
    """Read what flaskgen installs out of a project that it made with an environment at ``project``."""
    facts = json.loads((project / "outcome.json").read_text())
    versions = dict(facts["versions"])
    names = re.findall(
        r"^([A-Za-z0-9][\w.-]*(?:\[[^]]*\])?)", (project / "requirements.in").read_text(), re.M
    )
    pinned = tuple(f"{name}=={versions[_normalized(name)]}" for name in names)
    base = surroundings.run(
        project / ".venv/bin/python", "-c", "import sys; print(sys._base_executable, end='')"
    )
    return Packages(pinned, (f"pytest=={versions['pytest']}",), versions, Path(base))


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


@dataclass(frozen=True)
class UvProject:
    """``uv init --no-package && uv add PACKAGES && uv add --dev pytest && uv export``."""

    surroundings: Surroundings
    packages: Packages

    def make(self, folder: Path) -> float:
        """Make it in a new directory of ``folder``, and give the seconds."""
        uv, project = self.surroundings.uv, folder / "shop"
        init = self.surroundings.seconds((uv, "init", "--no-package", "shop"), cwd=folder, extra=self._python)
        return init + self.surroundings.seconds(
            (uv, "add", *self.packages.runtime),
            (uv, "add", "--dev", *self.packages.dev),
            (uv, "export", "--output-file", "requirements.txt"),
            cwd=project,
            extra=self._python,
        )

    def differing_versions(self, folder: Path) -> dict[str, tuple[str, str | None]]:
        """Give what uv resolved otherwise than flaskgen pins: name, uv's version, flaskgen's."""
        exported = (folder / "shop" / "requirements.txt").read_text()
        theirs = dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)(?!.*(?:win32|Windows))", exported, re.M))
        ours = self.packages.versions
        return {
            name: (version, ours.get(name)) for name, version in theirs.items() if ours.get(name) != version
        }

    def write_one_route(self, project: Path) -> None:
        """Write an application that imports the same extensions and answers one address."""
        (project / "app.py").write_text(_ONE_ROUTE)

    @property
    def _python(self) -> dict[str, str]:
        return {"UV_PYTHON": str(self.packages.python)}
