"""Prove with a project's own interpreter that the project works."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flaskgen.effects.system.environment import child_environment
from flaskgen.effects.system.session import Session, how_it_ended
from flaskgen.errors import CommandFailed, VerificationFailed

_PATIENCE = 60
"""Seconds for an application to start and to answer."""

# Without the search for garbage, while it runs and when it ends: that takes a third of the time. The answer
# goes to a descriptor of its own, because an application may print whatever it likes; one that has started
# threads does not end by itself.
_GET_HOME_PAGE = """
import gc

gc.disable()
import json, os, platform, sys, threading, traceback

answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def give_up():
    os.write(2, b"it did not answer within {patience} seconds\\n")
    os._exit(1)


watch = threading.Timer({patience}, give_up)
watch.daemon = True
watch.start()
failed = 0
try:
    from dotenv import load_dotenv
    from flask import Flask

    load_dotenv(".env")
    load_dotenv(".flaskenv")
    from {package} import create_app

    app = create_app()
    assert isinstance(app, Flask), "create_app() did not return a Flask application"
    status = app.test_client().get("/").status_code
    answer.write(json.dumps({{"python": platform.python_version(), "status": status}}))
    answer.close()
except BaseException:
    traceback.print_exc()
    failed = 1
gc.freeze()
for thread in threading.enumerate():
    if thread is not threading.main_thread() and not thread.daemon:
        sys.stderr.flush()
        os._exit(failed)
sys.exit(failed)
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
    """None if it did not answer."""
    python: str = ""
    """The version of the environment's interpreter, as it says itself."""
    reason: str = ""
    """Why it does not work, if it does not."""
    tests: str | None = None
    """pytest's closing line, if the tests were run."""

    @property
    def works(self) -> bool:
        """Whether it answered with anything but an error of the server."""
        return self._kind < 5

    def is_worse_than(self, before: Answer) -> bool:
        """Return whether this is an error, and of a graver kind than what there was before."""
        return self._kind > max(3, before._kind)

    @property
    def _kind(self) -> int:
        return 5 if self.status is None else self.status // 100


def check_application(
    project: Path,
    package: str,
    python: Path,
    session: Session,
    *,
    environment: Mapping[str, str] | None = None,
) -> Answer:
    """Import Flask, create the application and request `/`.

    ``environment`` is that of the process (default: the allow-listed one).
    """
    inherited = child_environment() if environment is None else environment
    try:
        done = session.run(
            [python, "-c", _GET_HOME_PAGE.format(package=package, patience=_PATIENCE)],
            cwd=project,
            environment={**inherited, "FLASK_APP": package},
            check=False,
        )
    except CommandFailed as error:
        return Answer(None, reason=error.message)
    said = _last_line(done.stderr)
    if done.returncode != 0:
        return Answer(None, reason=said or f"it {how_it_ended(done.returncode)}")
    if not done.stdout:
        return Answer(None, reason="it ended without an answer")
    facts = json.loads(done.stdout)
    status: int = facts["status"]
    reason = "" if status < 400 else f"`GET /` returns {status}"
    return Answer(status, facts["python"], f"{reason}: {said}" if status >= 500 and said else reason)


def import_tools(python: Path, *, session: Session) -> None:
    """Import what `flask run` and pytest need beyond the application, so that it is compiled from then on."""
    session.run([python, "-c", _IMPORT_TOOLS], cwd=python.parent, check=False)


def run_tests(project: Path, *, python: Path, session: Session) -> str:
    """Run the generated tests and return pytest's closing line. Raises VerificationFailed."""
    completed = session.run([python, "-m", "pytest", "-q"], cwd=project, check=False)
    closing = _last_line(completed.stdout)
    if completed.returncode != 0:
        raise VerificationFailed(
            f"the generated tests fail: {closing or how_it_ended(completed.returncode)}",
            hint="-v shows their output",
        )
    return closing


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
