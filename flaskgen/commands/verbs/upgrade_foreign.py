"""Upgrade Flask in a project that flaskgen did not make: each series is a commit on a branch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from packaging.version import Version

from flaskgen.commands.foreign.attempting import Setting
from flaskgen.commands.foreign.beginning import sources_of
from flaskgen.commands.foreign.climbing import Choice, Climb, Judge, Standing
from flaskgen.commands.foreign.refusing import check_project
from flaskgen.effects.foreign.files import read_foreign
from flaskgen.effects.git import Branch
from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.project.locating import absolute_path
from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.errors import IncompatibleVersions
from flaskgen.planning.flask.interpreter import begins_alike
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.repinning import repin, still_excluding
from flaskgen.planning.foreign.requirements_reading import read_declared
from flaskgen.planning.foreign.rescued import RESCUED, Rescued, format_rescued
from flaskgen.planning.foreign.source import encoding_of
from flaskgen.planning.foreign.steps import (
    Step,
    commit_message,
    failed_tests,
    moved_pins,
    releases_between,
    todo,
)
from flaskgen.planning.merging.text_form import file_diff
from flaskgen.planning.packages.pins import Pin, decode, encode
from flaskgen.planning.packages.sources import PackageSources
from flaskgen.planning.project.names import PYTHON_VERSION_FILE

LOCK_AGAIN = {
    "uv.lock": f"uv add -r {RESCUED}",
    "poetry.lock": f"grep -v '^#' {RESCUED} | xargs poetry add",
    "Pipfile.lock": f"pipenv install -r {RESCUED}",
    "pdm.lock": f"pdm import -f requirements {RESCUED} && pdm lock",
    "pylock.toml": f"uv pip compile {RESCUED} -o pylock.toml",
}
"""The commands that take the versions of requirements.rescued.txt and lock them."""


class Stopped(NamedTuple):
    """The step that was rejected."""

    flask: str
    reason: str
    todo: tuple[str, ...]
    """What a person has to do, the likeliest first."""


class ForeignUpgrade(NamedTuple):
    """What an upgrade did."""

    name: str
    flask: str
    """The release that the project had."""
    goal: str
    branch: str
    steps: tuple[Step, ...]
    """The first has the versions as they are, if no rescue had written them."""
    stopped: Stopped | None
    notes: tuple[str, ...]


def upgrade_foreign(
    directory: Path | str,
    flask: str = "latest",
    *,
    dry_run: bool = False,
    python_downloads: bool = False,
    sources: PackageSources | None = None,
    session: Session | None = None,
) -> ForeignUpgrade:
    """Upgrade Flask to a release or a series, by default to the newest, on a branch of its own.

    The first step that does not work as before ends it. Nothing is written if there is none. Raises
    NotAProject, RescueFailed if the project does not work as it is, IncompatibleVersions for an older Flask,
    InterpreterNotFound, or CannotWrite if its repository has changes.
    """
    session = session or Session()
    place = absolute_path(directory)
    goal = choose_release(flask, load_series())
    with session.reporter.step("Read the project"):
        project, found = read_foreign(place)
        check_project(place, project, run=True)
        branch = Branch(place, f"upgrade-flask-{goal.series.name}", session)
    with scratch_folder() as scratch:
        configured = sources or configured_sources()
        own = sources_of(project, configured)
        setting = Setting(project, place, scratch / "environment", own, session)
        climb = Climb(setting, place, found, configured, python_downloads=python_downloads)
        standing, judge = climb.begin()
        writer = Writer(place, project, branch, dry_run=dry_run)
        before = flask_version(standing.versions.pins)
        releases = releases_between(before, goal, load_series())
        if (
            flask != "latest"
            and Version(before) > Version(goal.version)
            and not begins_alike(Version(before).release, Version(flask).release)
        ):
            raise IncompatibleVersions(
                f"Flask {goal.version} is older than the {before} of the project",
                hint="name a newer one with --flask, or none for the newest",
            )
        steps = []
        if releases and RESCUED not in branch.files:
            steps.append(writer.begin(standing, f"Pin the versions that Flask {before} works with", judge))
        stopped = None
        for release in releases:
            with session.reporter.step(f"Flask {release.version}"):
                choice, failure = climb.step(standing, release, judge)
            if failure is not None:
                stopped = _stopped(release, choice, failure)
                break
            standing, step = writer.step(standing, choice, release, judge)
            steps.append(step)
    notes = (*found.notes, *climb.notes, *(writer.notes if steps else ()))
    return ForeignUpgrade(place.name, before, goal.version, branch.name, tuple(steps), stopped, notes)


def _stopped(release: FlaskRelease, choice: Choice, failure: Failure) -> Stopped:
    started = choice.attempt.started
    place = f" ({started.place})" if failure.stage is Stage.START and started and started.place else ""
    lines = todo(failure, choice.left, load_breaks(), release.version)
    if failure.stage is Stage.TEST:
        lines += failed_tests(failure.text)
    return Stopped(release.version, f"{failure.reason}{place}", tuple(lines))


class Writer:
    """Writes steps as commits, or only shows them."""

    def __init__(self, place: Path, project: ForeignProject, branch: Branch, *, dry_run: bool) -> None:
        self._place, self._branch, self._dry_run = place, branch, dry_run
        own = {path: text for path, text in project.files.items() if path != RESCUED}
        entry = next((one.root for one in project.entry_points), PurePosixPath())
        files = read_declared(own, environment=os.environ, root=entry).files
        root = files[0].parent if files else PurePosixPath()
        # Which pip may be given with an option: no file has to include them.
        files += tuple(
            path
            for path in sorted(project.files)
            if path.match("constraints*.txt") and path not in files and path.parent == root
        )
        self._requirements = [
            path
            for path in files
            if path.suffix in (".txt", ".pip", ".in")
            and path in branch.files
            and "--hash" not in project.files[path]
        ]
        self._locks = [root / name for name in LOCK_AGAIN if root / name in branch.files]
        self._written: dict[PurePosixPath, bytes | None] = {}
        self.notes = dict.fromkeys(
            f"{path} was not changed: require the versions of {RESCUED} there"
            for path in files
            if path.name not in LOCK_AGAIN and path not in self._requirements
        )

    def begin(self, standing: Standing, title: str, judge: Judge) -> Step:
        """Write the versions as they are."""
        versions, python = standing.versions, standing.python.minor
        contents = {**self._pins(versions), PYTHON_VERSION_FILE: f"{python}\n".encode()}
        return self._write(title, Step(flask_version(versions.pins), python, judged=str(judge)), contents)

    def step(
        self, standing: Standing, choice: Choice, release: FlaskRelease, judge: Judge
    ) -> tuple[Standing, Step]:
        """Write a step, and return where the project stands now."""
        before, tried = standing.versions, choice.attempt
        python = tried.candidate.python
        pins = tuple(pin for pin in tried.pins if pin.name != "pip")
        versions = Rescued(python.minor, before.build, choice.direct, pins)
        moved = moved_pins(before.pins, pins, {bound.package: bound.reason for bound in choice.bounds})
        contents = self._pins(versions) | dict.fromkeys(self._locks)
        for lock in self._locks:
            why = f"{lock} has other versions, and was removed on the branch"
            self.notes[f"{why}: to lock again, {LOCK_AGAIN[lock.name]}"] = None
        if python.minor != standing.python.minor:
            contents[PYTHON_VERSION_FILE] = f"{python.minor}\n".encode()
        for path, text in choice.changed.items():
            if path not in self._branch.files:
                if not (self._place / path).is_symlink():
                    note = f"{path} is not in Git, and was not rewritten: it needs the same changes"
                    self.notes[note] = None
                continue
            contents[path] = text.encode(encoding_of((self._place / path).read_bytes(), path))
        judged = str(judge._replace(tests=tried.tests[1] if tried.tests else None))
        left = tuple(change for _, change in choice.left)
        step = Step(release.version, python.minor, moved, choice.code, judged, left)
        step = self._write(f"Upgrade Flask from {flask_version(before.pins)} to {step.flask}", step, contents)
        return Standing(python, versions, {**standing.texts, **choice.changed}), step

    def _pins(self, versions: Rescued) -> dict[PurePosixPath, bytes | None]:
        """Return the files with versions, as far as they can be changed."""
        made_by = "upgrade`, after `flaskgen rescue`"
        contents: dict[PurePosixPath, bytes | None] = {
            RESCUED: format_rescued(versions, made_by=made_by).encode()
        }
        for path in self._requirements:
            text = repin(self._text(path), versions.pins, Version(versions.python))
            contents[path] = encode(text, like=self._content(path) or b"")
            for number, line in still_excluding(text, versions.pins, Version(versions.python)):
                self.notes[f"{path}:{number} excludes what {RESCUED} has: {line}"] = None
        return contents

    def _text(self, path: PurePosixPath) -> str:
        return decode(self._content(path) or b"", errors="surrogateescape")

    def _content(self, path: PurePosixPath) -> bytes | None:
        if path in self._written:
            return self._written[path]
        return (self._place / path).read_bytes() if path in self._branch.files else None

    def _write(self, title: str, step: Step, contents: Mapping[PurePosixPath, bytes | None]) -> Step:
        new = {path: content for path, content in contents.items() if content != self._content(path)}
        shown = sorted(path for path in new if path not in self._locks)
        diff = "".join(file_diff(path, self._content(path), new[path]) for path in shown)
        self._written |= new
        commit = None if self._dry_run else self._branch.commit(new, commit_message(title, step))
        return step._replace(diff=diff, commit=commit)


def flask_version(pins: Sequence[Pin]) -> str:
    return next(pin.version for pin in pins if pin.name == "flask")
