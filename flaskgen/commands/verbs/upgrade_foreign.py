"""Upgrade Flask in a project that flaskgen did not make: each series is a commit on a branch."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from flaskgen.commands.attempting import Setting
from flaskgen.commands.beginning import sources_of
from flaskgen.commands.climbing import Choice, Climb
from flaskgen.commands.upgrade_commits import Writer, flask_version
from flaskgen.commands.verbs.rescue import check_project
from flaskgen.effects.foreign.files import read_foreign
from flaskgen.effects.git.branch import Branch
from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.project.locating import absolute_path
from flaskgen.effects.shipped.compatibility_data import load_breaks, load_series
from flaskgen.effects.system.scratch import scratch_folder
from flaskgen.effects.system.session import Session
from flaskgen.errors import IncompatibleVersions
from flaskgen.planning.flask.interpreter import begins_alike
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.foreign.attempts import Failure, Stage
from flaskgen.planning.foreign.rescued import RESCUED
from flaskgen.planning.foreign.steps import Step, failed_tests, releases_between, todo
from flaskgen.planning.packages.sources import PackageSources


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
