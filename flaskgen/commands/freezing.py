"""Write what is installed into the texts of requirements.txt and requirements-dev.txt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from flaskgen.effects.python.environments import Environment, marker_environment
from flaskgen.effects.system.session import Session
from flaskgen.planning.packages.direct_requirements import ProjectRoots, read_dev, read_direct
from flaskgen.planning.packages.freeze import (
    DEV_FILE,
    RUNTIME_FILE,
    Frozen,
    FrozenFile,
    Hashes,
    compose_files,
    fill,
    freeze,
    hashes_of,
    require_complete,
    require_hashable,
    wanting,
)
from flaskgen.planning.packages.installed import InstalledDistribution
from flaskgen.planning.packages.pins import decode, parse_pins

FROZEN_OF = ("requirements.in", "pyproject.toml", RUNTIME_FILE, DEV_FILE)
"""The files of a project that freezing reads."""
Texts = Mapping[str, bytes | None]
"""The files of ``FROZEN_OF``, by name."""
HashFinder = Callable[[Frozen], Hashes]
"""Returns what is known of the hashes that are missing; a FlaskgenError says why one cannot be had."""


class HashPolicy(Enum):
    """What ``--hashes`` and ``--no-hashes`` ask for."""

    KEEP = "keep"
    """Hashes if one of the files has some already."""
    ADD = "add"
    DROP = "drop"


def compose_frozen(
    installed: Sequence[InstalledDistribution],
    environment: Environment,
    texts: Texts,
    *,
    generated: bool,
    session: Session,
    hashes: HashPolicy = HashPolicy.KEEP,
    find_hashes: HashFinder | None = None,
) -> tuple[FrozenFile, ...]:
    """Return the two files as what is installed makes them, where ``texts`` is what they hold now.

    ``generated`` says whether flaskgen made the project; ``find_hashes`` returns the hashes that the files do
    not hold (default: flaskgen's lock, then the index). Raises HashesUnavailable or ResolutionFailed.
    """
    frozen = freeze(installed, roots=read_roots(texts), markers=marker_environment(environment.interpreter))
    for warning in frozen.warnings:
        session.reporter.warn(warning)
    before = {name: texts[name] for name in (RUNTIME_FILE, DEV_FILE)}
    kept = hashes_of(pin for content in before.values() for pin in parse_pins(decode(content or b"")))
    hashed = hashes is HashPolicy.ADD or (hashes is HashPolicy.KEEP and bool(kept))
    if hashed:
        frozen = _with_hashes(frozen, kept, find_hashes or _hash_finder(environment, session))
    return compose_files(frozen, before, hashes=hashed, generated=generated)


def read_roots(texts: Texts) -> ProjectRoots:
    """Return the direct requirements that the files name."""
    return ProjectRoots(
        direct=read_direct(decode(texts["requirements.in"] or b"")),
        dev=read_dev(decode(texts["pyproject.toml"] or b"")),
    )


def _with_hashes(frozen: Frozen, kept: Hashes, find_hashes: HashFinder) -> Frozen:
    require_hashable(frozen)
    frozen = fill(frozen, kept)
    if wanting(frozen):
        frozen = fill(frozen, find_hashes(frozen))
    require_complete(frozen)
    return frozen


def _hash_finder(environment: Environment, session: Session) -> HashFinder:
    from flaskgen.effects.packages.hash_sources import indexed_hashes, locked_hashes

    def find_hashes(frozen: Frozen) -> Hashes:
        flask = next((pin.version for pin in frozen.runtime if pin.name == "flask"), None)
        locked = locked_hashes(flask)
        if not wanting(fill(frozen, locked)):
            return locked
        indexed = indexed_hashes(fill(frozen, locked), interpreter=environment.interpreter, session=session)
        return {**indexed, **locked}

    return find_hashes
