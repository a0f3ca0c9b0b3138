"""Prove with a project's own interpreter that the project works."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
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
assert status == 200, f"GET / gave {{status}}"
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
class Verification:
    """What was seen to work."""

    python: str
    """The version of the environment's interpreter, as it says itself."""
    status: int
    """What `GET /` answered: 200."""
    tests: str | None = None
    """pytest's closing line, where the tests were run."""

    def with_tests(self, closing_line: str) -> Verification:
        return replace(self, tests=closing_line)


def get_first_page(project: Path, *, package: str, python: Path, session: Session) -> Verification:
    """Import Flask, make the application and get its first page. Raises VerificationFailed."""
    try:
        completed = session.run(
            [python, "-c", _GET_FIRST_PAGE.format(package=package)],
            cwd=project,
            environment=child_environment({"FLASK_APP": package}),
        )
    except CommandFailed as error:
        raise VerificationFailed(
            "the new application does not answer `GET /`: " + _last_line(error.hint),
            hint="this is a fault of flaskgen: please report it; --no-verify keeps the project as it is",
        ) from error
    return Verification(**json.loads(completed.stdout.splitlines()[-1]))


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
