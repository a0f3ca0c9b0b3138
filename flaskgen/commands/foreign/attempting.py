"""Attempts to start a foreign project: an environment for it, and its application and its tests in there."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from packaging.version import Version

from flaskgen.commands.foreign.failures import (
    failure_of_start,
    failure_of_tests,
    is_final,
    is_the_same_again,
    needs_service,
    one_line,
    unknown_module,
)
from flaskgen.effects.foreign.starting import (
    Sandbox,
    Started,
    make_missing_directory,
    prepare_environment,
    run_tests,
    start_application,
)
from flaskgen.effects.packages.uv import Era, Uv
from flaskgen.effects.system.session import Session
from flaskgen.errors import PackagesFailed
from flaskgen.planning.foreign.attempts import (
    MOST,
    MOST_FOR_PYTHON_2,
    Failure,
    Knowledge,
    Stage,
    next_candidate,
)
from flaskgen.planning.foreign.candidate import Candidate
from flaskgen.planning.foreign.entry_points import EntryPoint
from flaskgen.planning.foreign.project import (
    ForeignProject,
    directory_of,
    tests_root,
    unittest_commands,
    value_for,
    variables_to_set,
    without_servers,
)
from flaskgen.planning.foreign.steps import failed_tests
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources

_ENTRY_POINTS = 3  # of those that were found, at most so many are tried
_DIRECTORIES = 5  # are made at most, of those that the application lacks


class Setting(NamedTuple):
    """What all attempts have in common."""

    project: ForeignProject
    copy: Path
    """Where the project's code runs."""
    environment: Path
    sources: PackageSources
    session: Session
    routes: bool = False
    """Whether every route without parameters is requested, and not the home page alone."""


class Attempt(NamedTuple):
    candidate: Candidate
    pins: tuple[Pin, ...] = ()
    entry: EntryPoint | None = None
    variables: Mapping[str, str] = {}
    """Environment variables that were set for the start and the tests."""
    directories: tuple[PurePosixPath, ...] = ()
    """Those that the application needs and the project does not have: they were made for the start."""
    paths: tuple[PurePosixPath, ...] = ()
    """Directories of the project whose modules it imports, and that are not on the path."""
    started: Started | None = None
    failure: Failure | None = None
    tests: tuple[bool, str] | None = None
    """Whether the project's tests passed, and their closing line."""

    @property
    def reached(self) -> tuple[int, bool]:
        """How far it came: to which stage, and whether the packages took no part in the error."""
        if self.failure is None:
            return len(Stage), True
        return list(Stage).index(self.failure.stage), not self.failure.packages


def try_all(
    first: Candidate, knowledge: Knowledge | None, setting: Setting, *, run: bool, test: bool
) -> list[Attempt]:
    """Try candidates from the least change to the most, until one starts, or none is left.

    The last one is what came of it. Without ``knowledge`` only the first is tried; without ``run`` it is
    enough that versions were chosen. With ``test`` the project's tests have to pass as well, or else the
    first that starts is taken, or the one after which it is certain that no versions help.
    """
    tried: list[Attempt] = []
    candidate: Candidate | None = first
    most = MOST_FOR_PYTHON_2 if setting.project.python2 else MOST
    while candidate is not None and len(tried) < most:
        with setting.session.reporter.step(f"Attempt {len(tried) + 1}: {_describe(candidate)}"):
            chosen = choose_versions(candidate, setting)
            tried.append(try_versions(chosen, setting, test=test) if run else chosen)
        failure = tried[-1].failure
        if failure is None:
            return tried
        setting.session.reporter.note(f"it failed: {failure.reason}")
        failures = [one.failure for one in tried]
        if (
            knowledge is None
            or is_final(failure, setting.project)
            or is_the_same_again(failures, setting.project)
        ):
            break
        candidate = next_candidate([one.candidate for one in tried], failure, knowledge)
    started = [one for one in tried if one.failure and one.failure.stage is Stage.TEST]
    last = tried[-1]
    if last.failure and last in started and (last is started[0] or is_final(last.failure, setting.project)):
        tried[-1] = last._replace(failure=None)
    elif started:  # what is installed by now is of the last attempt
        chosen = Attempt(started[0].candidate, started[0].pins, tests=started[0].tests)
        tried.append(try_versions(chosen, setting, test=False))
    return tried


def _describe(candidate: Candidate) -> str:
    """Return a candidate in a few words: ``Python 3.8, 2 loosened``."""
    kinds = Counter(change.kind for change in candidate.changes.values())
    changes = [f"{number} {kind}" for kind, number in kinds.items()]
    return ", ".join((f"Python {candidate.python.minor}", *(changes or ["pins as they are"])))


def choose_versions(candidate: Candidate, setting: Setting) -> Attempt:
    """Choose the versions of everything. What fails is in the attempt."""
    wanted = setting.project.requirements
    era = Era(candidate.until, candidate.exempt(wanted.declared), candidate.build, candidate.wheels)
    own = "setuptools" in candidate.changes or wanted.get("setuptools")
    seeds = ["pip"]
    if not own and Version(candidate.python.minor) < Version("3.12"):
        # Which environments had, and many packages import unsaid: 66 refuses versions that old ones require.
        seeds.append("setuptools<66" if "" < candidate.until < "2023" else "setuptools<81")
    constraints = candidate.within(wanted.constraints)
    try:
        pins = Uv(setting.session, setting.sources, era).resolve(
            [*candidate.requirements(wanted), *seeds],
            interpreter=candidate.python,
            preferences=candidate.preferences,
            constraints=[*candidate.constraints, *constraints],
            without=[name for name in setting.project.names if not wanted.get(name)],
        )
    except PackagesFailed as error:
        reason = one_line(error.message)
        return Attempt(candidate, failure=Failure(Stage.RESOLVE, error.output, reason, hint=error.hint or ""))
    return Attempt(candidate, pins)


def try_versions(chosen: Attempt, setting: Setting, *, test: bool) -> Attempt:
    """Install versions, if some were chosen, start the application, and run its tests."""
    if chosen.failure is not None:
        return chosen
    candidate = chosen.candidate
    python = prepare_environment(
        setting.environment, candidate.python, prompt=setting.copy.name, session=setting.session
    ).python
    uv = Uv(setting.session, setting.sources, Era(build=candidate.build))
    try:
        uv.install(chosen.pins, python=python)
    except PackagesFailed as error:
        failure = Failure(Stage.INSTALL, error.output, one_line(error.message))
        return chosen._replace(failure=failure)
    sandbox = Sandbox(setting.copy, python, setting.session)
    started = _start(chosen, sandbox, setting)
    return _test(started, sandbox, setting) if test and started.failure is None else started


def _start(chosen: Attempt, sandbox: Sandbox, setting: Setting) -> Attempt:
    """Try the likeliest entry points; return the first that starts, or else the first."""
    tried: list[Attempt] = []
    for entry in setting.project.entry_points[:_ENTRY_POINTS]:
        last = tried[-1] if tried else chosen
        tried.append(_start_at(entry, last._replace(entry=entry, variables={}), sandbox, setting))
        if tried[-1].failure is None:
            return tried[-1]
    return tried[0]


def _start_at(entry: EntryPoint, tried: Attempt, sandbox: Sandbox, setting: Setting) -> Attempt:
    """Start an application, and again as long as its errors name something that it can be given.

    If a server from the example settings of the project does not answer, a placeholder is tried last.
    """
    while True:
        variables = _environment(tried, setting.copy)
        started = start_application(sandbox, entry, variables, routes=setting.routes)
        failure = failure_of_start(started, tried.pins, setting.project, setting.environment)
        tried = tried._replace(started=started, failure=failure)
        if failure is None:
            return tried
        given = _with_variables(tried, started.error or "", setting.project)
        given = _with_files(given, failure.reason, setting)
        if given == tried:
            break
        tried = given
    local = without_servers(tried.variables)
    if local == tried.variables or not needs_service(failure):
        return tried
    again = _start_at(entry, tried._replace(variables=local), sandbox, setting)
    return again if again.failure is None else tried


def _with_variables(attempt: Attempt, error: str, project: ForeignProject) -> Attempt:
    """Return an attempt in which the environment variables are set as well that an error asks for."""
    new = {name: value_for(name, project) for name in variables_to_set(error, project, attempt.variables)}
    return attempt._replace(variables=dict(sorted({**new, **attempt.variables}.items())))


def _with_files(tried: Attempt, error: str, setting: Setting) -> Attempt:
    """Return an attempt with the directory or the modules of the project that an error says it lacks."""
    assert tried.entry is not None  # noqa: S101 - it was started
    if len(tried.directories) < _DIRECTORIES:
        missing = make_missing_directory(setting.copy, tried.entry.root, error)
        if missing is not None:
            tried = tried._replace(directories=(*tried.directories, missing))
    module = unknown_module(error)
    own = directory_of(module, setting.project.sources) if module else None
    return tried._replace(paths=tuple(dict.fromkeys((*tried.paths, own)))) if own else tried


def _test(started: Attempt, sandbox: Sandbox, setting: Setting) -> Attempt:
    """Run the tests of an application; if they fail, also with the variables that their errors name."""
    tested = _run_tests(started, sandbox, setting)
    if tested.failure is None:
        return tested
    given = _with_variables(started, "\n".join(failed_tests(tested.failure.text)), setting.project)
    again = _run_tests(given, sandbox, setting) if given != started else tested
    return again if again.failure is None else tested


def _run_tests(started: Attempt, sandbox: Sandbox, setting: Setting) -> Attempt:
    assert started.entry is not None  # noqa: S101 - it was started
    pytest = any(pin.name == "pytest" for pin in started.pins)
    root = tests_root(setting.project.sources, started.entry.root)
    by_unittest = unittest_commands(setting.project.sources, root)
    paths = (*started.paths, *({started.entry.root} - {root}))
    commands = [("-m", "pytest", "-q", "-p", "no:cacheprovider")] if pytest else by_unittest
    tests = run_tests(sandbox, commands, root, _environment(started._replace(paths=paths), sandbox.copy))
    if tests is None:
        return started
    passed, closing, output = tests
    failure = None if passed else failure_of_tests(closing, output, started.pins, setting.environment)
    return started._replace(tests=(passed, one_line(closing)), failure=failure)


def _environment(attempt: Attempt, copy: Path) -> dict[str, str]:
    path = os.pathsep.join(str(copy / path) for path in attempt.paths)
    return {**attempt.variables, **({"PYTHONPATH": path} if path else {})}
