"""Prove with a project's own interpreter that the project works."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.session import Session
from flaskgen.errors import CommandFailed, VerificationFailed

# Without the search for garbage, while it runs and when it ends: that takes a third of the time.
_GET_FIRST_PAGE = """
import gc

gc.disable()
import json, platform
from dotenv import load_dotenv
from flask import Flask

load_dotenv(".env")
load_dotenv(".flaskenv")
from {package} import create_app

app = create_app()
assert isinstance(app, Flask), "create_app() did not give a Flask application"
status = app.test_client().get("/").status_code
print(json.dumps({{"python": platform.python_version(), "status": status}}))
gc.freeze()
"""

_IMPORT_TOOLS = """
import importlib
from contextlib import suppress

for module in ("werkzeug._reloader", "werkzeug.debug.tbtools", "werkzeug.debug.console", "pytest"):
    with suppress(ImportError):
        found = importlib.import_module(module)
        if module == "pytest":
            found.main(["--version", "-p", "no:cacheprovider"])
"""


@dataclass(frozen=True)
class Answer:
    """What an application answered to `GET /`."""

    status: int | None
    """None if it did not start."""
    python: str = ""
    """The version of the environment's interpreter, as it says itself."""
    reason: str = ""
    """Why it does not work, if it does not."""
    tests: str | None = None
    """pytest's closing line, if the tests were run."""

    @property
    def works(self) -> bool:
        """Whether it started, and answered with anything but an error of the server."""
        return self.status is not None and self.status < 500


def check_application(project: Path, package: str, python: Path, session: Session) -> Answer:
    """Import Flask, create the application and request `/`."""
    try:
        completed = session.run(
            [python, "-c", _GET_FIRST_PAGE.format(package=package)],
            cwd=project,
            environment=child_environment({"FLASK_APP": package}),
        )
    except CommandFailed as error:
        return Answer(None, reason=_last_line(error.hint))
    facts = json.loads(completed.stdout.splitlines()[-1])
    reason = "" if facts["status"] < 400 else f"`GET /` answers {facts['status']}"
    return Answer(facts["status"], facts["python"], reason)


def import_tools(python: Path, *, session: Session) -> None:
    """Import what `flask run` and pytest need beyond the application, so that it is compiled from then on."""
    session.run([python, "-c", _IMPORT_TOOLS], cwd=python.parent, check=False)


def run_tests(project: Path, *, python: Path, session: Session) -> str:
    """Run the generated tests and give pytest's closing line. Raises VerificationFailed."""
    completed = session.run([python, "-m", "pytest", "-q"], cwd=project, check=False)
    closing = _last_line(completed.stdout)
    if completed.returncode != 0:
        raise VerificationFailed(f"the generated tests fail: {closing}", hint="-v shows their output")
    return closing


def _last_line(text: str | None) -> str:
    lines = (text or "").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
