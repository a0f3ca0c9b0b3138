"""Upgrade a project to the tested versions, after its own tests were run with them in a copy of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from packaging.version import Version

from flaskgen.commands.existing_environment import ExistingEnvironment
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan, Wanted, WantedPackages
from flaskgen.commands.specifying import find_newest, find_release
from flaskgen.commands.upgrading import ReplacedEnvironment
from flaskgen.effects.project.locating import own_environment
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.python.environments import Environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.python.interpreters import asked_version, find_interpreter, require_python
from flaskgen.effects.python.verification import WORKS, Answer, Application, PytestRun, run_tests
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.environment import activated, application_environment
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_file
from flaskgen.errors import IncompatibleVersions, VerificationFailed
from flaskgen.planning.flask.interpreter import Interpreter, version_numbers
from flaskgen.planning.flask.pythons import untested_note
from flaskgen.planning.flask.releases import FlaskRelease, names_a_series, recorded_release
from flaskgen.planning.packages.direct_requirements import PYPROJECT, read_roots
from flaskgen.planning.packages.pins import decode, normalized
from flaskgen.planning.project.names import KEPT_BY_TOOLS
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.reporting import counted

_SHOWN = 10
_LARGEST = 20 << 20  # bytes of a file that is copied
_HINT = "nothing was changed. Fix that and run the command again, or skip the rehearsal with --no-verify"


class Target(NamedTuple):
    """What a project is to be upgraded to, as typed; None stands for what it has."""

    flask: str | None = None
    """A release, a series, or ``latest``."""
    python: str | None = None
    """A version, such as ``3.14``, or the path of an interpreter."""
    newest: bool = False
    """Whether the newest releases are taken, instead of the tested ones."""
    python_downloads: bool = False

    @property
    def title(self) -> str:
        """What was typed."""
        flask = f" --flask {self.flask}" if self.flask else ""
        python = f" --python {self.python}" if self.python else ""
        return f"upgrade{flask}{python}{' --newest' if self.newest else ''}"


def upgrade(
    directory: Path | str,
    target: Target | None = None,
    *,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Upgrade the project that ``directory`` is in, by default to the tested versions of its Flask series.

    The tests of the project are run first, in a copy. Raises IncompatibleVersions for an older release or
    Python, and for a pair that does not work together, and what ``find_release`` and ``change`` raise.
    """
    target, settings, session = target or Target(), settings or ChangeSettings(), session or Session()

    def want(project: OpenProject) -> Wanted:
        return with_target(project, target, settings, session)

    return change(directory, want, settings, session, title=target.title, rehearse=rehearse)


def with_target(project: OpenProject, target: Target, settings: ChangeSettings, session: Session) -> Wanted:
    """Return the specification with the release of Flask and the Python that are asked for."""
    environment = own_environment(project.path) if settings.install else None
    pinned = _pinned(project)
    here = _current(project, pinned, environment, session)
    release = project.catalogue.on(_release(here, target, settings, session))
    spec = replace(project.spec, release=release)
    notes = release.notes if release.version != project.spec.release.version else ()
    interpreter = None
    if target.python is not None:
        interpreter = _python(target, project.spec, release, settings, session)
        spec = replace(spec, python=interpreter.minor)
        notes += tuple(filter(None, [untested_note(release, interpreter)]))
        if environment and environment.interpreter.minor == interpreter.minor:
            interpreter = None
    else:
        require_python(release, spec.python, session=session)
    spec = replace(spec, release=release.on_python(spec.python))
    return Wanted(spec, notes, WantedPackages(target.newest, interpreter, pinned))


def _pinned(project: OpenProject) -> str:
    """Return the release that pyproject.toml pins; if it pins none, that of the record."""
    recorded = project.spec.release.version
    roots = read_roots(decode(read_file(project.path / PYPROJECT) or b"")).direct
    for root in roots:
        pins = [one.version for one in root.specifier if one.operator == "=="]
        if normalized(root.name) == "flask" and len(root.specifier) == 1 and pins:
            return recorded if pins[0].endswith(".*") else pins[0]
    return recorded


def _current(
    project: OpenProject, pinned: str, environment: Environment | None, session: Session
) -> FlaskRelease:
    """Return the release that the project has by now: its user may have changed it without flaskgen."""
    recorded = project.spec.release
    if pinned != recorded.version:
        return recorded_release(pinned, load_series())
    installed = read_installed(environment, session=session) if environment else ()
    found = next((one.version for one in installed if one.key == "flask"), recorded.version)
    if Version(found) <= Version(recorded.version):
        return recorded
    return recorded_release(found, load_series())


def _release(here: FlaskRelease, target: Target, settings: ChangeSettings, session: Session) -> FlaskRelease:
    text = target.flask or here.series.name
    wanted = find_release(text, sources=settings.sources, install=settings.install, session=session)
    if target.newest and names_a_series(text):
        wanted = find_newest(wanted, sources=settings.sources, session=session)
    if Version(wanted.version) >= Version(here.version):
        return wanted
    if target.flask is None or (wanted.series.name == here.series.name and names_a_series(target.flask)):
        return here
    raise IncompatibleVersions(
        f"Flask {wanted.version} is older than the {here.version} of the project",
        hint="`flaskgen undo` undoes an upgrade; older releases are for new projects",
    )


def _python(
    target: Target, spec: ProjectSpec, release: FlaskRelease, settings: ChangeSettings, session: Session
) -> Interpreter:
    if asked := asked_version(target.python or ""):
        _require_no_older(asked, spec)  # before it is searched for
    downloads = settings.sources if target.python_downloads else None
    interpreter = find_interpreter(release, asked=target.python, session=session, downloads=downloads)
    _require_no_older(interpreter.minor, spec)
    return interpreter


def _require_no_older(python: str, spec: ProjectSpec) -> None:
    numbers = version_numbers(python)[:2]
    if numbers < version_numbers(spec.python)[: len(numbers)]:
        raise IncompatibleVersions(
            f"Python {python} is older than the {spec.python} of the project",
            hint="`flaskgen undo` undoes an upgrade; older Pythons are for new projects",
        )


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
