"""One attempt to start a foreign project: an environment for it, and its application in there."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from packaging.version import Version

from flaskgen.effects.foreign.files import known_names
from flaskgen.effects.foreign.starting import (
    NO_TESTS,
    TOO_LONG,
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
from flaskgen.planning.foreign.candidate import Candidate, versions_of
from flaskgen.planning.foreign.entry_points import EntryPoint
from flaskgen.planning.foreign.project import (
    ForeignProject,
    directory_of,
    tests_root,
    unittest_commands,
    unset_by,
    value_for,
    variables_to_set,
)
from flaskgen.planning.foreign.services import needed_service
from flaskgen.planning.foreign.steps import failed_tests
from flaskgen.planning.packages.pins import Pin, normalized
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.reporting import printable

_ENTRY_POINTS = 3  # of those that were found, at most so many are tried
_DIRECTORIES = 5  # are made at most, of those that the application lacks
_LACKS_FILE = re.compile(r"FileNotFoundError: .+: '[^/]")  # of the project
_LACKS_TOP_MODULE = re.compile(r"No module named '(\w+)'$")
_LACKS_MODULE = re.compile(r"No module named '(\w+)\.[\w.]+'$")
_PLACE = re.compile(r" \((?:/|[A-Z]:\\).*\)$")  # of a module, which is in an environment that is gone
_SITE_PACKAGES = re.compile(r"[\\/](?:site|dist)-packages[\\/]([^\\/]+)")
_FROM = re.compile(r"(?:cannot import name '?\w+'? from|module|No module named) '([\w.]+)'")
# What a package that does not fit raises; anything else is the application's own, which is running then.
_UNFIT = ("AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "TypeError")


class Setting(NamedTuple):
    """What all attempts have in common."""

    project: ForeignProject
    directory: Path
    copy: Path
    """Where the project's code runs."""
    environment: Path
    sources: PackageSources
    session: Session
    routes: bool = False
    """Whether every route without parameters is requested, and not the home page alone."""


class Attempt(NamedTuple):
    """What came of it."""

    candidate: Candidate
    pins: tuple[Pin, ...] = ()
    entry: EntryPoint | None = None
    variables: Mapping[str, str] = {}
    """Environment variables that were set for the start."""
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
    first: Candidate, knowledge: Knowledge, setting: Setting, *, run: bool, test: bool
) -> list[Attempt]:
    """Try candidates from the least change to the most, until one starts, or none is left.

    The last one is what came of it. Without ``run`` it is enough that versions were chosen; with ``test`` the
    project's tests have to pass as well, or else the first that starts is taken, or the one after which it is
    certain that no versions help.
    """
    tried: list[Attempt] = []
    candidate: Candidate | None = first
    most = MOST_FOR_PYTHON_2 if setting.project.python2 else MOST
    while candidate is not None and len(tried) < most:
        with setting.session.reporter.step(f"Attempt {len(tried) + 1}: {describe(candidate)}"):
            tried.append(
                attempt(candidate, setting, test=test) if run else choose_versions(candidate, setting)
            )
        failure = tried[-1].failure
        if failure is None:
            return tried
        setting.session.reporter.note(f"it failed: {failure.reason}")
        if is_final(failure, setting.project) or _is_the_same_again(tried, setting.project):
            break
        candidate = next_candidate([one.candidate for one in tried], failure, knowledge)
    started = [one for one in tried if one.failure and one.failure.stage is Stage.TEST]
    last = tried[-1]
    if last.failure and last in started and (last is started[0] or is_final(last.failure, setting.project)):
        tried[-1] = last._replace(failure=None)
    elif started:  # what is installed by now is of the last attempt
        tried.append(attempt(started[0].candidate, setting, test=False)._replace(tests=started[0].tests))
    return tried


def describe(candidate: Candidate) -> str:
    """Return a candidate in a few words: ``Python 3.8, 2 loosened``."""
    kinds = Counter(change.kind for change in candidate.changes.values())
    changes = [f"{number} {kind}" for kind, number in kinds.items()]
    return ", ".join((f"Python {candidate.python.minor}", *(changes or ["pins as they are"])))


def is_final(failure: Failure, project: ForeignProject) -> bool:
    """Return whether no other version can help.

    No index or service answers, it hangs, or it lacks a file or a variable.
    """
    if failure.stage in (Stage.RESOLVE, Stage.INSTALL):
        return failure.reason.startswith("cannot reach")
    return (
        failure.reason.startswith(TOO_LONG)
        or lacks_own_file(failure, project)
        or unset_by(failure.reason) is not None
        or needed_service(failure.text, known_names()) is not None
    )


def _is_the_same_again(tried: Sequence[Attempt], project: ForeignProject) -> bool:
    """Return whether other versions did not change an error in which no package took part."""
    before, last = [None, *(one.failure for one in tried)][-2:]
    if before is None or last is None or last.packages:
        return False
    if last.stage is Stage.TEST and NO_TESTS not in last.reason:
        errors = failed_tests(last.text)
        return errors == failed_tests(before.text) != [] and not any(one.startswith(_UNFIT) for one in errors)
    module = _LACKS_TOP_MODULE.search(last.reason)
    unknown = module is not None and module[1] not in known_names().distributions
    unfit = last.reason.startswith((*_UNFIT, "it was killed"))
    own = unknown or not unfit or _names_own_module(last.reason, project)
    return own and last.stage in (Stage.START, Stage.TEST) and before.reason == last.reason


def _names_own_module(error: str, project: ForeignProject) -> bool:
    """Return whether an error is about what a module of the project itself lacks."""
    tops = {module.partition(".")[0] for module in _FROM.findall(error)} - known_names().distributions.keys()
    return any(not tops.isdisjoint((*path.parts, path.stem)) for path in project.facts)


def lacks_own_file(failure: Failure, project: ForeignProject) -> bool:
    """Return whether it does not start since a file or a module of its own is not in the project."""
    module = _LACKS_MODULE.search(failure.reason)
    own = module is not None and any(module[1] in path.parts for path in project.facts)
    lacks_module = own and not failure.packages
    return failure.stage is Stage.START and (lacks_module or _LACKS_FILE.match(failure.reason) is not None)


def choose_versions(candidate: Candidate, setting: Setting) -> Attempt:
    """Choose the versions of everything. What fails is in the attempt."""
    wanted = setting.project.requirements
    era = Era(candidate.until, candidate.exempt(wanted.declared), candidate.build)
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
        return Attempt(candidate, failure=Failure(Stage.RESOLVE, error.output, _one_line(error.message)))
    return Attempt(candidate, pins)


def attempt(candidate: Candidate, setting: Setting, *, test: bool) -> Attempt:
    """Choose versions, install them, start the application, and run its tests."""
    chosen = choose_versions(candidate, setting)
    return chosen if chosen.failure else try_versions(chosen, setting, test=test)


def try_versions(chosen: Attempt, setting: Setting, *, test: bool) -> Attempt:
    """Install versions that were chosen, start the application, and run its tests."""
    candidate = chosen.candidate
    environment = prepare_environment(
        setting.environment, candidate.python, prompt=setting.directory.name, session=setting.session
    )
    uv = Uv(setting.session, setting.sources, Era(build=candidate.build))
    try:
        uv.install(chosen.pins, python=environment.python)
    except PackagesFailed as error:
        return chosen._replace(failure=Failure(Stage.INSTALL, error.output, _one_line(error.message)))
    started = _start(chosen, environment.python, setting)
    return _test(started, environment.python, setting) if test and started.failure is None else started


def _test(started: Attempt, python: Path, setting: Setting) -> Attempt:
    assert started.entry is not None  # noqa: S101 - it was started
    pytest = any(pin.name == "pytest" for pin in started.pins)
    root = tests_root(setting.project.facts, started.entry.root)
    by_unittest = unittest_commands(setting.project.facts, root)
    paths = (*started.paths, *({started.entry.root} - {root}))
    tests = run_tests(
        setting.copy,
        [("-m", "pytest", "-q", "-p", "no:cacheprovider")] if pytest else by_unittest,
        root=root,
        python=python,
        variables={**started.variables, **_python_path(setting.copy, paths)},
        session=setting.session,
    )
    if tests is None:
        return started
    passed, closing, output = tests
    versions = versions_of(started.pins)
    failure = None if passed else Failure(Stage.TEST, output, f"its tests fail: {closing}", versions)
    return started._replace(tests=(passed, _one_line(closing)), failure=failure)


def _start(chosen: Attempt, python: Path, setting: Setting) -> Attempt:
    """Try the likeliest entry points; return the first that starts, or else the first."""
    first: Attempt | None = None
    directories: tuple[PurePosixPath, ...] = ()
    paths: tuple[PurePosixPath, ...] = ()
    for entry in setting.project.entry_points[:_ENTRY_POINTS]:
        tried = chosen._replace(entry=entry)
        names = frozenset(one.name for one in setting.project.variables if one.required)
        again = True
        while again:
            variables = {name: value_for(name, setting.project) for name in sorted(names)}
            started = start_application(
                setting.copy,
                entry,
                python=python,
                variables=variables | _python_path(setting.copy, paths),
                session=setting.session,
                routes=setting.routes,
            )
            failure = _failure(started, chosen.pins, setting.project)
            tried = tried._replace(
                variables=variables,
                started=started,
                failure=failure,
                directories=directories,
                paths=paths,
            )
            if failure is None:
                return tried
            names |= variables_to_set(started.error or "", setting.project)
            missing = make_missing_directory(setting.copy, entry.root, failure.reason)
            again = variables.keys() != names
            if missing is not None and len(directories) < _DIRECTORIES:
                directories, again = (*directories, missing), True
            module = _LACKS_TOP_MODULE.search(failure.reason)
            own = module and directory_of(module[1], setting.project.facts)
            if module and own and own not in paths and module[1] not in known_names().distributions:
                paths, again = (*paths, own), True
        first = first or tried
    assert first is not None  # noqa: S101 - a project without an entry point is refused
    return first


def _python_path(copy: Path, paths: Sequence[PurePosixPath]) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(str(copy / path) for path in paths)} if paths else {}


def _failure(started: Started, pins: Sequence[Pin], project: ForeignProject) -> Failure | None:
    """Return why an application did not start; None if it did, whatever it answers."""
    if started.error is None:
        return None
    own = not started.error.startswith(_UNFIT) or _names_own_module(started.error, project)
    if started.started and own:
        return None
    names = {pin.name for pin in pins}
    tops = [match[1] for file, _ in reversed(started.frames) if (match := _SITE_PACKAGES.search(file))]
    tops += [module.partition(".")[0] for module in _FROM.findall(started.error)]
    if started.started and not tops:
        return None
    of_imports = known_names().distributions
    found = [of_imports.get(top) or normalized(top.removesuffix(".py")) for top in tops]
    return Failure(
        Stage.START,
        f"{started.traceback}\n{started.error}",
        _one_line(started.error),
        versions_of(pins),
        tuple(dict.fromkeys(name for name in found if name in names)),
    )


def _one_line(text: str) -> str:
    """Return an error as it can stand in a comment: its first line, and its last if that is what it says."""
    line, *more = text.strip().splitlines() or [""]
    line = _PLACE.sub("", f"{line} {more[-1].strip()}" if more and line.endswith(":") else line)
    return printable(line, longest=200)
