"""Write requirements.txt and requirements-dev.txt from what is installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flaskgen.commands.freezing import FROZEN_OF, HashFinder, HashPolicy, compose_frozen
from flaskgen.effects.project.environment_lookup import FoundEnvironment, read_environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.effects.transaction.holding import hold_project, require_no_interrupted_change
from flaskgen.effects.transaction.transaction import RestorePackages, transaction
from flaskgen.planning.packages.freeze import FrozenFile
from flaskgen.planning.project.paths import RECORD_PATH


@dataclass(frozen=True)
class Frozen:
    """What a freeze found, and wrote unless it was only to check."""

    environment: FoundEnvironment
    files: tuple[FrozenFile, ...]

    @property
    def changed(self) -> tuple[FrozenFile, ...]:
        return tuple(file for file in self.files if file.changed)


def freeze(
    directory: Path,
    environment: Path,
    *,
    hashes: HashPolicy = HashPolicy.KEEP,
    check: bool = False,
    session: Session | None = None,
    restore: RestorePackages | None = None,
    find_hashes: HashFinder | None = None,
) -> Frozen:
    """Bring the two requirements files of a directory in line with an environment, of which nothing is run.

    ``check`` compares and writes nothing. ``restore`` is for the packages of an interrupted change,
    ``find_hashes`` as of ``compose_frozen``. Raises EnvironmentBroken, HashesUnavailable, ResolutionFailed or
    CannotWrite, with the files as they were.
    """
    session = session or Session()
    if check:
        require_no_interrupted_change(directory)
        return _compose(directory, environment, hashes, session, find_hashes)[0]
    with hold_project(directory, session=session, restore=restore):
        frozen, seen = _compose(directory, environment, hashes, session, find_hashes)
        if frozen.changed:
            contents = {PurePosixPath(file.name): file.after for file in frozen.changed}
            with transaction(directory, "freeze", session=session, undoable=False) as change:
                change.write(contents, seen=seen)
    return frozen


def _compose(
    directory: Path, path: Path, hashes: HashPolicy, session: Session, find_hashes: HashFinder | None
) -> tuple[Frozen, dict[PurePosixPath, bytes]]:
    environment = read_environment(path)
    if environment.system_site_packages:
        session.reporter.warn(f"`{environment.path}` also sees the system's packages, which are not frozen")
    seen = read_files(directory, map(PurePosixPath, FROZEN_OF))
    files = compose_frozen(
        read_installed(environment, session=session),
        environment,
        {name: seen.get(PurePosixPath(name)) for name in FROZEN_OF},
        hashes=hashes,
        generated=(directory / RECORD_PATH).is_file(),
        session=session,
        find_hashes=find_hashes,
    )
    return Frozen(environment, files), seen
