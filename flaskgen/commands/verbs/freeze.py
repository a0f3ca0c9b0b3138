"""Write requirements.txt and requirements-dev.txt from what is installed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flaskgen.commands.freezing import FROZEN_OF, Freezing, roots_of, tested_for
from flaskgen.commands.holding import held
from flaskgen.effects.project.locating import absolute_path, find_project, project_environment
from flaskgen.effects.python.environments import Environment, read_environment, require_allowed
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.effects.transaction.transaction import transaction
from flaskgen.errors import EnvironmentBroken, FlaskgenError, NotAProject, ProjectOutdated
from flaskgen.planning.flask.releases import recorded_release
from flaskgen.planning.merging.requirements_in import REQUIREMENTS_IN
from flaskgen.planning.packages.freeze import FrozenFile
from flaskgen.planning.packages.package_change import older_note
from flaskgen.planning.project.names import RECORD_PATH
from flaskgen.planning.project.record import parse_record


class FreezeOutcome(NamedTuple):
    """What a freeze found, and wrote unless it was only to check."""

    directory: Path
    """Where the files are."""
    environment: Environment
    files: tuple[FrozenFile, ...]

    @property
    def changed(self) -> tuple[FrozenFile, ...]:
        return tuple(file for file in self.files if file.changed)


def freeze(
    directory: Path | str,
    environment: Path | str | None = None,
    *,
    hashes: bool | None = None,
    check: bool = False,
    session: Session | None = None,
) -> FreezeOutcome:
    """Bring the two requirements files in line with a virtual environment, of which nothing is run.

    They are those of the project that ``directory`` is in, whose own ``environment`` is the default; if that
    is named there need be no project. They get ``hashes`` by default if one of them has some. ``check``
    compares and writes nothing. Raises NotAProject, EnvironmentBroken, HashesUnavailable, ResolutionFailed or
    CannotWrite, with the files as they were.
    """
    session = session or Session()
    place, path = _locate(directory, environment)
    with held(place, None, session, dry_run=check):
        outcome, seen = _compose(place, path, hashes, session)
        if outcome.changed and not check:
            contents = {file.path: file.after for file in outcome.changed}
            with transaction(place, "freeze", session=session, undoable=False) as change:
                change.write(contents, seen=seen)
    _mention_older(outcome, session)
    return outcome


def _mention_older(outcome: FreezeOutcome, session: Session) -> None:
    """Say so if a project of flaskgen's has older pins than the tested ones."""
    with suppress(FlaskgenError, OSError):  # a record that cannot be read is for other commands
        release = recorded_release(
            parse_record((outcome.directory / RECORD_PATH).read_bytes()).flask, load_series()
        )
        tested = tested_for(release.series, outcome.environment.interpreter.minor)
        if note := older_note([pin for file in outcome.files for pin in file.pins], tested):
            session.reporter.note(note)


def _locate(directory: Path | str, environment: Path | str | None) -> tuple[Path, Path]:
    """Return the directory of the requirements files, and that of the environment."""
    here = absolute_path(directory)
    project = find_project(here)
    if environment is not None:
        return project or here, absolute_path(environment)
    if project is None:
        raise NotAProject(
            f"there is no flaskgen project in {here} or above it",
            hint="change to a project, or pass the environment with --venv",
        )
    return project, project_environment(project)


def _compose(
    directory: Path, path: Path, hashes: bool | None, session: Session
) -> tuple[FreezeOutcome, dict[PurePosixPath, bytes]]:
    try:
        environment = read_environment(path)
    except EnvironmentBroken as error:
        error.hint = f"pass another environment with --venv, or {error.hint}"
        raise
    if environment.system_site_packages:
        session.reporter.warn(
            f"`{environment.path}` has access to the system's packages, which are not frozen"
        )
    seen = read_files(directory, (*FROZEN_OF, REQUIREMENTS_IN))
    roots = roots_of(seen)
    require_allowed(environment, roots)
    generated = (directory / RECORD_PATH).is_file()
    if generated and REQUIREMENTS_IN in seen and not roots.project:
        raise ProjectOutdated(
            f"`{directory.name}` has its requirements in {REQUIREMENTS_IN}, and not in pyproject.toml",
            hint="update it first with `flaskgen update`",
        )
    freezing = Freezing(environment, seen, hashes=hashes, generated=generated, session=session)
    files = freezing.compose(read_installed(environment, session=session))
    return FreezeOutcome(directory, environment, files), seen
