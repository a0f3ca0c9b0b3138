"""Write requirements.txt and requirements-dev.txt from what is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from packaging.markers import default_environment

from flaskgen.effects.packages.hash_sources import indexed_hashes, locked_hashes
from flaskgen.effects.project.environment_lookup import FoundEnvironment, read_environment
from flaskgen.effects.python.installed import read_installed
from flaskgen.effects.system.interruptions import carried_through
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.project_change import make_change
from flaskgen.errors import FlaskgenError
from flaskgen.planning.packages.freeze import Frozen, freeze
from flaskgen.planning.packages.frozen_files import DEV_FILE, RUNTIME_FILE, FrozenFile, compose_files
from flaskgen.planning.packages.installed import InstalledDistribution
from flaskgen.planning.packages.pin_hashes import (
    Hashes,
    fill,
    hashes_of,
    require_complete,
    require_hashable,
    wanting,
)
from flaskgen.planning.packages.requirement_roots import ProjectRoots, read_dev, read_direct
from flaskgen.planning.packages.requirements_text import decode, parse_pins
from flaskgen.planning.project.record import RECORD_PATH

FROZEN_OF = ("requirements.in", "pyproject.toml", RUNTIME_FILE, DEV_FILE)
"""The files of a project that freezing reads."""
HashFinder = Callable[[Frozen], Hashes]
"""Gives what is known of the hashes that are wanting; a FlaskgenError says why one cannot be had."""


class HashPolicy(Enum):
    """What ``--hashes`` and ``--no-hashes`` ask for."""

    KEEP = "keep"
    """Hashes where one of the files has some already."""
    ADD = "add"
    DROP = "drop"


@dataclass(frozen=True)
class FreezeRequest:
    """What to freeze, and where to write it."""

    directory: Path
    """Where the requirements files are."""
    environment: Path
    hashes: HashPolicy = HashPolicy.KEEP
    check: bool = False
    """Compare, and write nothing."""


@dataclass(frozen=True)
class FreezeOutcome:
    """What a freeze found, and wrote unless it was to check only."""

    environment: FoundEnvironment
    files: tuple[FrozenFile, ...]

    @property
    def changed(self) -> tuple[FrozenFile, ...]:
        return tuple(file for file in self.files if file.changed)


def freeze_environment(
    request: FreezeRequest, *, session: Session, find_hashes: HashFinder | None = None
) -> FreezeOutcome:
    """Bring the two requirements files of a folder in line with an environment, of which nothing is run.

    ``find_hashes`` gives the hashes that the files do not hold (default: flaskgen's lock, then the index).
    Raises EnvironmentBroken, HashesUnavailable, ResolutionFailed or CannotWrite, with the files as they were.
    """
    environment = read_environment(request.environment)
    if environment.system_site_packages:
        session.reporter.warn(f"`{environment.path}` also sees the system's packages, which are not frozen")
    files = compose_frozen(
        read_installed(environment, session=session),
        environment,
        {name: _read(request.directory / name) for name in FROZEN_OF},
        hashes=request.hashes,
        generated=(request.directory / RECORD_PATH).is_file(),
        session=session,
        find_hashes=find_hashes,
    )
    outcome = FreezeOutcome(environment, files)
    if outcome.changed and not request.check:
        contents = {PurePosixPath(file.name): file.after for file in outcome.changed}
        with carried_through("the files are frozen"):
            make_change(request.directory, contents, title="freeze", undoable=False)
    return outcome


def compose_frozen(
    installed: Sequence[InstalledDistribution],
    environment: FoundEnvironment,
    contents: Mapping[str, bytes | None],
    *,
    generated: bool,
    session: Session,
    hashes: HashPolicy = HashPolicy.KEEP,
    find_hashes: HashFinder | None = None,
) -> tuple[FrozenFile, ...]:
    """Write what is installed into the texts of the two files; ``contents`` are those of ``FROZEN_OF``."""
    roots = ProjectRoots(
        direct=read_direct(decode(contents["requirements.in"] or b"")),
        dev=read_dev(decode(contents["pyproject.toml"] or b"")),
    )
    host = {name: str(value) for name, value in default_environment().items()}
    frozen = freeze(installed, roots=roots, markers=environment.interpreter.markers(host))
    for warning in frozen.warnings:
        session.reporter.warn(warning)
    before = {name: contents[name] for name in (RUNTIME_FILE, DEV_FILE)}
    kept = hashes_of(pin for content in before.values() for pin in parse_pins(decode(content or b"")))
    hashed = hashes is HashPolicy.ADD or (hashes is HashPolicy.KEEP and bool(kept))
    if hashed:
        frozen = _with_hashes(frozen, kept, find_hashes or _hash_finder(environment, session))
    return compose_files(frozen, before, hashes=hashed, generated=generated)


def _read(path: Path) -> bytes | None:
    if path.exists() and not path.is_file():
        raise FlaskgenError(f"`{path}` is not a file", hint="move it out of the way")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FlaskgenError(f"cannot read `{path}`: {error.strerror}") from error


def _with_hashes(frozen: Frozen, kept: Hashes, find_hashes: HashFinder) -> Frozen:
    require_hashable(frozen)
    frozen = fill(frozen, kept)
    if wanting(frozen):
        frozen = fill(frozen, find_hashes(frozen))
    require_complete(frozen)
    return frozen


def _hash_finder(environment: FoundEnvironment, session: Session) -> HashFinder:
    def find_hashes(frozen: Frozen) -> Hashes:
        flask = next((pin.version for pin in frozen.runtime if pin.name == "flask"), None)
        locked = locked_hashes(flask)
        if not wanting(fill(frozen, locked)):
            return locked
        indexed = indexed_hashes(fill(frozen, locked), interpreter=environment.interpreter, session=session)
        return {**indexed, **locked}

    return find_hashes
