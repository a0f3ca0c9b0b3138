"""Prove with a project's own interpreter that the project works."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Complete, Session
from flaskgen.errors import CommandFailed, TimeLimitReached
from flaskgen.reporting import how_it_ended

_TIME_LIMIT = 30  # seconds for an application to start and answer
_NO_TESTS = 5  # pytest's exit code


class Answer(NamedTuple):
    """What an application answered to `GET /`, or why it did not."""

    python: str | None = None
    """The version of the environment's interpreter, as it says itself; None if it said nothing."""
    status: int | None = None
    """None if the application did not start, or did not answer."""
    summary: str | None = None
    """What went wrong, on one line: ``RuntimeError: no such table``, or ``was killed by SIGSEGV``."""
    place: str | None = None
    """The innermost line of the project that took part in it: ``shop/main.py:12``."""
    tests: str | None = None
    """pytest's closing line, if the tests were run."""
    revision: tuple[str, str] | None = None
    """The path and the text of the revision that the models need, if it was asked for."""
    no_revision: str | None = None
    """Why none could be written."""

    @property
    def works(self) -> bool:
        """Whether it answered, with anything but an error of the server."""
        return self.status is not None and self.status < 500

    @property
    def problem(self) -> str:
        """What went wrong and where, for the user; without an error, the status."""
        reason = self.summary or f"it returns status {self.status}"
        return f"{reason} ({self.place})" if self.place else reason

    def is_worse_than(self, before: Answer) -> bool:
        """Return whether less works than before; who may see `/`, and where it leads, does not matter."""
        return self._grade > before._grade

    @property
    def _grade(self) -> int:
        if self.status is None:
            return 3
        if self.status >= 500:
            return 2
        return int(self.status >= 400 and self.status not in (401, 403))


WORKS = Answer(status=200)


class Application(NamedTuple):
    """The application of a project, and what can start it."""

    project: Path
    package: str
    python: Path
    session: Session
    environment: Mapping[str, str] | None = None
    """That of the process (default: the allow-listed one)."""

    def interpreter(self) -> AbstractContextManager[Complete]:
        """Start an interpreter that imports the libraries, and then waits for ``check``."""
        command: list[str | Path] = [self.python, "-c", _inside(), self.package]
        return self.session.started(command, cwd=self.project, environment=self.environment)

    def check(self, revision: str | None = None, *, waiting: Complete | None = None) -> Answer:
        """Start it as `flask run` does and request its home page; what fails is in the answer.

        Nothing is written into the project but what the application itself writes. Whatever it started is
        ended. With the title of a ``revision`` the answer has the one that the models need: it takes no
        second start. An ``interpreter()`` that is ``waiting`` saves time; if the application fails in it, a
        new one is asked.
        """
        mark = make_mark()
        try:
            with ExitStack() as stack:
                arguments = [mark]
                if revision is not None:
                    arguments += [str(stack.enter_context(scratch_folder())), revision]
                complete = waiting or stack.enter_context(self.interpreter())
                completed = complete(json.dumps(arguments) + "\n", time_limit=_TIME_LIMIT, check=False)
        except TimeLimitReached:
            return Answer(summary=f"no response within {_TIME_LIMIT:g} seconds")
        except CommandFailed as error:
            return Answer(summary=error.message)
        found = find_answer(completed.stdout, mark)
        how = f"the application {how_it_ended(completed.returncode)}"
        answer = Answer(summary=how) if found is None else Answer(**found)
        if waiting and answer.is_worse_than(WORKS):  # perhaps for what was imported too early
            return self.check(revision)
        return answer


def make_mark() -> str:
    """Return what begins the line in which a child process answers; the application may print as well."""
    return f"flaskgen-{secrets.token_hex(8)}:"


def find_answer(output: str, mark: str) -> dict[str, Any] | None:
    """Return the last answer in what a child process printed; None if it ended without one."""
    for line in reversed(output.splitlines()):
        if line.startswith(mark):
            answer: dict[str, Any] = json.loads(line.removeprefix(mark))
            return answer
    return None


def import_tools(python: Path, *, session: Session) -> None:
    """Import what `flask run` and pytest need beyond the application, so that it is compiled from then on."""
    session.run([python, "-c", _inside()], cwd=python.parent, check=False)


class PytestRun(NamedTuple):
    passed: bool
    closing: str
    """pytest's closing line, or how it ended without one."""
    failures: Mapping[str, str]
    """What failed, ``tests/test_main.py::test_it``, with the reason."""


def run_tests(
    project: Path, *, python: Path, session: Session, environment: Mapping[str, str] | None = None
) -> PytestRun | None:
    """Run the tests of a project; None if it has none, or no pytest.

    ``environment`` is that of the process (default: the allow-listed one).
    """
    command: list[str | Path] = [python, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider"]
    completed = session.run(command, cwd=project, environment=environment, check=False)
    if completed.returncode == _NO_TESTS or "No module named pytest" in completed.stderr:
        return None
    lines = completed.stdout.strip().splitlines()
    told = [
        line.partition(" ")[2].partition(" - ") for line in lines if line.startswith(("FAILED ", "ERROR "))
    ]
    ended = completed.returncode < 0 or not lines
    return PytestRun(
        completed.returncode == 0,
        f"pytest {how_it_ended(completed.returncode)}" if ended else lines[-1].strip("= "),
        {name: reason for name, _, reason in told},
    )


@cache
def _inside() -> str:
    return Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
