"""Proves refusals: that a pair is refused for the recorded reason, and that, forced, it fails for that."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uv

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.planning.flask.compatibility import FlaskSeries, PythonBound
from flaskgen.planning.flask.interpreter import Interpreter
from tests.matrix.cells import Cell, all_interpreters
from tests.matrix.supported import flaskgen

# What every application does: a page by a template, JSON, a blueprint. Imported, and run as a script.
_APPLICATION = """
from flask import Blueprint, Flask, jsonify, render_template_string
pages = Blueprint("pages", __name__)
pages.add_url_rule("/", "page", lambda: render_template_string("{{ 1 + 1 }}"))
pages.add_url_rule("/json", "json", lambda: jsonify(two=2))
app = Flask(__name__)
app.testing = True
app.register_blueprint(pages)
for path in ("/", "/json"):
    assert app.test_client().get(path).status_code == 200
"""


@dataclass(frozen=True)
class Forced:
    """A release that does not work somewhere, for a reason that the data has."""

    release: str
    series: FlaskSeries
    interpreter: Interpreter
    reason: str

    @property
    def evidence(self) -> str:
        """What the failure has to show: the name in the reason, or the Python that it asks for."""
        if quoted := re.findall(r"`([^`]+)`", self.reason):
            last: str = quoted[-1]
            return re.escape(last if " " in last else last.rpartition(".")[2])
        asked = re.search(r"requires Python ([\d.]+)", self.reason)
        assert asked, f"nothing to look for in: {self.reason}"
        return rf"Python ?>= ?{re.escape(asked[1])}"


def expect_refusal(cell: Cell, folder: Path) -> str:
    """Return the message by which flaskgen refuses the pair, or raise AssertionError."""
    project = folder / "shop"
    done = flaskgen(
        *(
            "new",
            project,
            "--flask",
            cell.series.name,
            "--python",
            cell.interpreter.minor,
            "--yes",
            "--no-git",
        )
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert not project.exists()
    message = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
    reason = message.partition("(")[2]
    assert cell.refusal is not None
    assert reason in cell.refusal, message
    return message.removeprefix("error: ")


def sample() -> Iterator[Forced]:
    """Return, for every recorded reason, the pair nearest to it that this machine can try."""
    for series in load_series():
        pythons = series.pythons
        yield from _beyond(series.tested, series, pythons.minimum, newer=False)
        if not pythons.newer_tried:
            yield from _beyond(series.tested, series, pythons.maximum, newer=True)
        for exception in series.exceptions:
            release = max(exception.releases, key=series.releases.index)
            if exception.maximum:
                yield from _beyond(release, series.for_release(release), exception.maximum, newer=True)
        newest = [one for one in all_interpreters() if _minor(one.minor) <= _minor(pythons.maximum.version)]
        for release, reason in series.broken.items():
            yield Forced(release, series.for_release(release), newest[-1], reason)


def _beyond(release: str, series: FlaskSeries, bound: PythonBound, *, newer: bool) -> Iterator[Forced]:
    limit = _minor(bound.version)
    minors = {_minor(one.minor): one for one in all_interpreters()}
    beyond = [minor for minor in minors if (minor > limit if newer else minor < limit)]
    if beyond:
        nearest = min(beyond) if newer else max(beyond)
        yield Forced(release, series, minors[nearest], bound.reason)


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def fail_as_recorded(forced: Forced, folder: Path) -> str:
    """Install the release in spite of the data, use it, and return the line that shows the reason."""
    environment = folder / "environment"
    _uv("venv", "--python", forced.interpreter.path, environment)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    core = [bound.requirement for bound in forced.series.core]
    wanted = [f"Flask=={forced.release}", *forced.series.base, *core]
    done = _uv("pip", "install", "--python", python, *wanted)
    (folder / "application.py").write_text(_APPLICATION, encoding="utf-8")
    for application in (["-c", "import application"], ["application.py"]):
        if done.returncode == 0:
            done = _run([python, *application], directory=folder)
    assert done.returncode != 0, f"Flask {forced.release} works on {forced.interpreter.minor}"
    said = [line.strip() for line in done.stderr.splitlines() if re.search(forced.evidence, line)]
    assert said, done.stderr
    return said[-1]


def _uv(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return _run([uv.find_uv_bin(), *arguments, "--no-config", "--no-python-downloads", "--quiet"])


def _run(command: Sequence[str | Path], directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=directory, capture_output=True, text=True, check=False, timeout=300)
