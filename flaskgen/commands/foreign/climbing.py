"""Find versions and code with which a project that flaskgen did not make works on a series of Flask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.commands.foreign.attempting import Attempt, Setting, choose_versions, try_all, try_versions
from flaskgen.commands.foreign.beginning import RescueOptions, find_beginning
from flaskgen.commands.foreign.refusing import failed
from flaskgen.effects.foreign.files import FoundFiles, known_names, read_pages
from flaskgen.effects.foreign.starting import copied_project
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.interpreters import find_interpreters, with_python
from flaskgen.effects.shipped.compatibility_data import load_breaks
from flaskgen.errors import InterpreterNotFound
from flaskgen.planning.flask.breaks import Break
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.pythons import how_to_install
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.candidate import Candidate, Change, versions_of
from flaskgen.planning.foreign.requirements import Requirements
from flaskgen.planning.foreign.requirements_reading import read_requirements
from flaskgen.planning.foreign.rescued import RESCUED, Rescued, read_rescued, rescued_by
from flaskgen.planning.foreign.source import encoding_of, read_source
from flaskgen.planning.foreign.steps import (
    CodeChange,
    affecting,
    bounds_after,
    bounds_for,
    differences,
    first_candidate,
    needed_with,
    pythons_for,
    rewrite_all,
    stable_answers,
    uses_in,
    with_wheels,
)
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.reporting import first_of

_ATTEMPTS = 8  # of a step: environments in which the project is judged
_CHOICES = 12  # of versions for an attempt: each keeps one bound more, or gives one up
_COUNT = re.compile(r"(\d+) passed|Ran (\d+)")
_FAILED = re.compile(r"(?<!expected )(?:failures|errors)=(\d+)")


class Standing(NamedTuple):
    """Where the project stands, and works."""

    python: Interpreter
    versions: Rescued
    texts: Mapping[PurePosixPath, str]
    """The code and the pages that the project had, or what has become of them."""


class Choice(NamedTuple):
    """Versions for a step, with the code for them."""

    attempt: Attempt
    direct: tuple[str, ...] = ()
    bounds: tuple[Change, ...] = ()
    refused: frozenset[str] = frozenset()
    """The lines of those that do not fit the others, or did not help."""
    changed: Mapping[PurePosixPath, str] = {}
    code: tuple[CodeChange, ...] = ()
    left: tuple[tuple[Break, CodeChange], ...] = ()


class Judge(NamedTuple):
    """What decides whether a step is accepted: the tests if they pass, and otherwise the answers."""

    tests: str | None
    answers: Mapping[str, Sequence[str]]

    def reject(self, tried: Attempt) -> Failure | None:
        """Return why an attempt is rejected; None if it works as before."""
        if tried.failure is not None:
            return tried.failure
        if self.tests is not None:
            now = tried.tests[1] if tried.tests else "none"
            if _number(now) >= _number(self.tests):
                return None
            return Failure(Stage.TEST, now, f"of its tests ({self.tests}) only some run: {now}")
        found = differences(self.answers, tried.started.answers if tried.started else {})
        return Failure(Stage.TEST, "\n".join(found), first_of(found, 1)) if found else None

    def __str__(self) -> str:
        if self.tests is not None:
            number = _number(self.tests)
            return f"{number} tests pass" if number > 1 else "its test passes"
        number = len(self.answers)
        if number == 1:
            return "its route answers as before"
        return f"{number} routes answer as before" if number else "it starts"


def _number(closing: str) -> int:
    found = _COUNT.search(closing)
    return int(found[1] or found[2]) - sum(map(int, _FAILED.findall(closing))) if found else 0


def _came(failure: Failure) -> tuple[int, int]:
    """Return how far an attempt came: to which stage, and with how many tests that passed."""
    return list(Stage).index(failure.stage), _number(failure.reason)


class Climb:
    """What all steps have in common."""

    def __init__(
        self,
        setting: Setting,
        place: Path,
        found: FoundFiles,
        configured: PackageSources,
        *,
        python_downloads: bool = False,
    ) -> None:
        self._setting, self._place, self._found = setting, place, found
        self._configured, self._downloads = configured, python_downloads
        self._session = setting.session
        self._interpreters = find_interpreters(self._session)
        self.notes: tuple[str, ...] = ()

    def begin(self) -> tuple[Standing, Judge]:
        """Return where the project stands: what a rescue has written, or what one finds.

        Raises RescueFailed, or InterpreterNotFound.
        """
        tried, versions = self._find_versions()
        entries = (tried.entry,) if tried.entry else ()
        project = self._setting.project._replace(requirements=Requirements(), entry_points=entries)
        self._setting = self._setting._replace(project=project)
        code = {path: one for path, one in self._found.texts.items() if path.suffix == ".py"}
        texts = code | read_pages(self._place, self._found)
        standing = Standing(tried.candidate.python, versions, texts)
        if tried.tests and tried.tests[0]:
            return standing, Judge(tried.tests[1], {})
        if tried.tests:
            self.notes += (f"its tests failed before ({tried.tests[1]}): the answers of routes decide",)
        self._setting = self._setting._replace(routes=True)
        starts = [self._try(tried, {}, test=False) for _ in range(2)]
        first, second = (one.started.answers if one.started else {} for one in starts)
        return standing, Judge(None, stable_answers(first, second))

    def _find_versions(self) -> tuple[Attempt, Rescued]:
        setting, rescued, knowledge = self._setting, None, None
        advice: str | None = "run flaskgen rescue again"
        if text := setting.project.files.get(RESCUED):
            rescued = read_rescued(text)
            pins = read_requirements(setting.project.files, [RESCUED])
            setting = setting._replace(project=setting.project._replace(requirements=pins))
            first = Candidate(self._find_python(rescued.python), "", build=rescued.build)
        else:
            beginning = find_beginning(
                self._place,
                setting.project,
                RescueOptions(test=True, python_downloads=self._downloads),
                session=self._session,
                sources=self._configured,
            )
            self.notes += beginning.notes
            setting = setting._replace(sources=beginning.sources)
            first, knowledge, advice = beginning.candidate, beginning.knowledge, beginning.advice
        with copied_project(self._place, self._found.every) as copy:
            tried = try_all(first, knowledge, setting._replace(copy=copy), run=True, test=True)
        if tried[-1].failure is not None:
            raise failed(self._place.name, setting.project, tried, advice=advice)
        return tried[-1], rescued or rescued_by(tried[-1].candidate, setting.project, tried[-1].pins)

    def _find_python(self, version: str) -> Interpreter:
        self._may_download(version)
        for one in self._interpreters:
            if one.usual and one.minor == version:
                return one
        raise InterpreterNotFound(
            f"Python {version} was not found, which {RESCUED} is for",
            hint=how_to_install(version, downloads=self._downloads),
        )

    def _may_download(self, version: str) -> None:
        self._interpreters = with_python(
            version,
            self._interpreters,
            downloads=self._setting.sources if self._downloads else None,
            session=self._session,
        )

    def step(self, standing: Standing, release: FlaskRelease, judge: Judge) -> tuple[Choice, Failure | None]:
        """Return the versions and the code with which a release works, or the nearest with the failure."""
        choice = self._choose_python(standing, release)
        if choice.attempt.failure is not None:
            return choice, choice.attempt.failure
        rejected: list[tuple[Choice, Failure]] = []
        better: Choice | None = choice
        while better is not None and len(rejected) < _ATTEMPTS:
            choice = better
            now = {**standing.texts, **choice.changed}
            choice = choice._replace(attempt=self._try(choice.attempt, now, test=judge.tests is not None))
            failure = judge.reject(choice.attempt)
            if failure is None:
                return choice, None
            self._session.reporter.note(f"it failed: {failure.reason}")
            rejected.append((choice, failure))
            better = self._avoiding(failure, standing, release, choice)
        return max(reversed(rejected), key=lambda one: _came(one[1]))

    def _avoiding(
        self, failure: Failure, standing: Standing, release: FlaskRelease, choice: Choice
    ) -> Choice | None:
        """Return other versions for a step after a failure; None if there are none left to try."""
        tried, bounds, refused = choice.attempt, choice.bounds, choice.refused
        for bound in bounds_after(failure, load_breaks(), release.series, tried.pins):
            if bound in bounds or bound.line in refused:
                continue
            earlier = f"{bound.package}>"  # the bound that did not help
            others = (*(one for one in bounds if not one.line.startswith(earlier)), bound)
            other = self._choose(standing, release, tried.candidate.python, others, refused)
            fits = bound in other.bounds and other.attempt.failure is None
            if fits and other.attempt.pins != tried.pins:
                return other
            refused |= {bound.line}
        return None

    def _choose_python(self, standing: Standing, release: FlaskRelease) -> Choice:
        newest = release.series.pythons.maximum.version
        pythons = pythons_for(release.series, standing.python, self._interpreters)
        if not pythons:
            try:
                self._may_download(newest)
            except InterpreterNotFound as error:
                self._session.reporter.warn(error.message)
            pythons = pythons_for(release.series, standing.python, self._interpreters)
        choice = None
        for python in pythons:
            choice = self._choose(standing, release, python)
            if choice.attempt.failure is None:
                break
        if choice is not None:
            return choice
        how = how_to_install(newest, downloads=self._downloads)
        reason = f"no Python is installed that Flask {release.version} works on: {how}"
        return Choice(Attempt(Candidate(standing.python, ""), failure=Failure(Stage.RESOLVE, "", reason)))

    def _choose(
        self,
        standing: Standing,
        release: FlaskRelease,
        python: Interpreter,
        bounds: tuple[Change, ...] = (),
        refused: frozenset[str] = frozenset(),
    ) -> Choice:
        """Choose versions that are not known to break, with the code for them."""
        breaks, versions = load_breaks(), standing.versions
        old = affecting(breaks, versions.pins, standing.python.minor)
        before = {pin.line for pin in versions.pins}
        uv = Uv(self._session, self._setting.sources)
        for _ in range(_CHOICES):
            candidate = first_candidate(release, python, versions, bounds, breaks)
            attempt = choose_versions(candidate, self._setting)
            choice = Choice(attempt, versions.direct, bounds, refused)
            if attempt.failure is not None:
                if not bounds:
                    return choice
                *kept, last = bounds
                bounds, refused = tuple(kept), refused | {last.line}
                continue
            rows = [row for row in affecting(breaks, attempt.pins, python.minor) if row not in old]
            in_code = [row for row in rows if row.in_code]
            changed = rewrite_all(standing.texts, in_code)
            used = uses_in(standing.texts, in_code)
            left = uses_in({**standing.texts, **changed}, in_code)
            places = {(row.id, change.place.partition(":")[0]) for row, change in left}
            code = [one for row, one in used if (row.id, one.place.partition(":")[0]) not in places]
            choice = choice._replace(changed=changed, code=tuple(code), left=tuple(left))
            unchanged = {row.id: row for row, _ in left}.values()
            more = tuple(bounds_for(rows, unchanged, bounds, refused))
            stay = [pin for pin in attempt.pins if pin.line in before]
            compiled = uv.compiled_anew(stay, old=standing.python, new=python)
            more += tuple(with_wheels(compiled, python, refused))
            new = _new_distributions(standing.texts, changed, attempt.pins)
            new += needed_with(unchanged, attempt.pins)
            if not more and not new:
                return choice
            bounds += more
            versions = versions._replace(direct=(*versions.direct, *new))
        return choice

    def _try(self, chosen: Attempt, texts: Mapping[PurePosixPath, str], *, test: bool) -> Attempt:
        with copied_project(self._place, self._found.every) as copy:
            for path, text in texts.items():
                original = (copy / path).read_bytes()
                (copy / path).write_bytes(text.encode(encoding_of(original, path)))
            fresh = Attempt(chosen.candidate, chosen.pins)
            return try_versions(fresh, self._setting._replace(copy=copy), test=test)


def _new_distributions(
    before: Mapping[PurePosixPath, str], changed: Mapping[PurePosixPath, str], pins: Sequence[Pin]
) -> list[str]:
    """Return the distributions that only changed code imports."""
    old, new = (
        {one.top for path in changed for one in read_source(path, texts[path]).imports}
        for texts in (before, changed)
    )
    found = {known_names().distributions.get(top) for top in new - old}
    return sorted(one for one in found if one and one not in versions_of(pins))
