"""Try a change in a copy of the project and of its environment: its own tests are the judge."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.commands.existing_environment import ExistingEnvironment
from flaskgen.commands.plan import Plan
from flaskgen.commands.upgrading import ReplacedEnvironment
from flaskgen.effects.python.verification import WORKS, Answer, Application, PytestRun, run_tests
from flaskgen.effects.system.environment import activated, application_environment
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.errors import VerificationFailed
from flaskgen.planning.project.names import KEPT_BY_TOOLS
from flaskgen.reporting import counted

_SHOWN = 10
_LARGEST = 20 << 20  # bytes of a file that is copied
_HINT = "nothing was changed. Fix that and run the command again, or skip the rehearsal with --no-verify"


class _Rehearsal(NamedTuple):
    answer: Answer
    tests: PytestRun | None


def rehearse(plan: Plan, session: Session) -> str | None:
    """Carry a plan out in a copy, start the application there, and run the tests of the project.

    Return the closing line of tests that pass; None if there are none. Raises VerificationFailed, with a note
    for each test, if something fails that does not fail in a copy of what there is.
    """
    work = plan.environment
    assert isinstance(work, ExistingEnvironment | ReplacedEnvironment)  # noqa: S101 - what changes has
    if plan.before is None or plan.is_empty:
        return None
    with scratch_folder() as scratch:
        python = work.copy_to(scratch / "environment")
        contents = {**plan.files.contents, **plan.frozen}
        with session.reporter.step("Run the project's tests in a copy"):
            after = _perform(scratch / "after", plan.project, plan.spec.module, python, contents, session)
        if after.answer.is_worse_than(WORKS) or (after.tests and not after.tests.passed):
            with session.reporter.step("Run the tests as they were before"):
                module = plan.before.module
                before = _perform(scratch / "before", plan.project, module, work.python, {}, session)
            _require_as_good(before, after, session)
    if after.tests is None:
        session.reporter.note("the project has no tests: only its start was rehearsed")
    return after.tests.closing if after.tests and after.tests.passed else None


def _perform(
    place: Path,
    project: Path,
    module: str,
    python: Path,
    contents: Mapping[PurePosixPath, bytes | None],
    session: Session,
) -> _Rehearsal:
    """Start the application, and meanwhile run the tests, each in a copy of a project with other contents."""
    environment = activated(python, application_environment())

    def answer() -> Answer:
        started = _copy(project, place / "started" / project.name, contents)
        return Application(started, module, python, session, environment).check()

    with session.background() as background:
        answering = background.start(answer)
        copy = _copy(project, place / "tested" / project.name, contents)
        tests = run_tests(copy, python=python, session=session, environment=environment)
        return _Rehearsal(answering.result(), tests)


def _copy(project: Path, copy: Path, contents: Mapping[PurePosixPath, bytes | None]) -> Path:
    """Copy a project with other contents: what runs in there leaves nothing in the project."""
    shutil.copytree(project, copy, symlinks=True, ignore=_left_out)
    for path, content in contents.items():
        if content is None:
            (copy / path).unlink(missing_ok=True)
        else:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(content)
    return copy


def _left_out(directory: str, names: list[str]) -> set[str]:
    """Name what is no source of the project: what Git, tools and environments keep, and large files.

    Neither is what cannot be read, such as the directory of a database that is another user's.
    """
    paths = {name: os.path.join(directory, name) for name in names}
    return {
        name
        for name, path in paths.items()
        if name in KEPT_BY_TOOLS
        or os.path.exists(os.path.join(path, "pyvenv.cfg"))
        or not (os.path.islink(path) or _is_copied(path))
    }


def _is_copied(path: str) -> bool:
    if os.path.isdir(path):
        return os.access(path, os.R_OK | os.X_OK)
    return os.path.isfile(path) and os.access(path, os.R_OK) and os.path.getsize(path) <= _LARGEST


def _require_as_good(before: _Rehearsal, after: _Rehearsal, session: Session) -> None:
    if after.answer.is_worse_than(before.answer):
        raise VerificationFailed(
            f"the application would not work after the change: {after.answer.problem}", hint=_HINT
        )
    old, new = before.tests, after.tests
    if new is None or new.passed:
        return
    failures = {name: why for name, why in new.failures.items() if not (old and name in old.failures)}
    if failures or old is None or old.passed:
        what = (
            f"{counted(len(failures), 'test')} would fail after the change: {', '.join(list(failures)[:3])}"
        )
        error = VerificationFailed(
            what if failures else f"the tests would fail after the change: {new.closing}", hint=_HINT
        )
        for name, why in list(failures.items())[:_SHOWN]:
            error.add_note(f"{name}: {why}" if why else name)
        raise error
    session.reporter.warn(f"the tests failed before the change as well: {old.closing}")
