"""Write what is installed into the texts of requirements.txt and requirements-dev.txt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from flaskgen.effects.python.environments import Environment, marker_environment
from flaskgen.effects.system.session import Session
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.packages.direct_requirements import ProjectRoots, read_roots
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
from flaskgen.planning.packages.pins import (
    DEV_LABEL,
    RUNTIME_LABEL,
    Pin,
    decode,
    normalized,
    parse_compiled,
    parse_pins,
)
from flaskgen.planning.packages.requirement_graph import applies
from flaskgen.planning.packages.uv_lock import LOCK_FILE, is_uv_project

if TYPE_CHECKING:
    from flaskgen.effects.packages.uv import Uv
    from flaskgen.planning.packages.elsewhere import PinsElsewhere

FROZEN_OF = ("pyproject.toml", RUNTIME_FILE, DEV_FILE, LOCK_FILE)
"""The files of a project that freezing reads."""
Texts = Mapping[str, bytes | None]
"""The files of ``FROZEN_OF``, by name; None for one that is not there."""


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
    uv: Uv | None = None,
) -> tuple[FrozenFile, ...]:
    """Return the requirements files and uv.lock as what is installed makes them.

    ``texts`` is what they hold now; ``generated`` says whether flaskgen made the project. Hashes that the
    files do not hold are those of flaskgen's lock, or of the index. Without ``uv`` no program of the
    environment is run. Raises HashesUnavailable or ResolutionFailed.
    """
    roots, markers = roots_of(texts), marker_environment(environment.interpreter)
    frozen = freeze(installed, roots=roots, markers=markers)
    if not all(applies(root, markers) for root in (*roots.direct, *roots.dev)):
        frozen = _with_elsewhere(frozen, roots, markers, texts, environment, session, hashes=hashes)
    for warning in frozen.warnings:
        session.reporter.warn(warning)
    before = {name: texts[name] for name in (RUNTIME_FILE, DEV_FILE)}
    kept = hashes_of(pin for content in before.values() for pin in parse_pins(decode(content or b"")))
    hashed = hashes is HashPolicy.ADD or (hashes is HashPolicy.KEEP and bool(kept))
    if hashed:
        frozen = _with_hashes(frozen, kept, environment, session)
    files = compose_files(frozen, before, hashes=hashed, generated=generated)
    if is_uv_project(texts["pyproject.toml"]) and (generated or texts[LOCK_FILE] is not None):
        lock = _locked(texts, frozen, environment, session, uv)
        files += () if lock is None else (FrozenFile(LOCK_FILE, texts[LOCK_FILE], lock),)
    return files


def _locked(
    texts: Texts,
    frozen: Frozen,
    environment: Environment,
    session: Session,
    uv: Uv | None,
) -> bytes | None:
    from flaskgen.commands.locking import lock_project
    from flaskgen.effects.packages.hash_sources import stand_in
    from flaskgen.effects.packages.settings import configured_sources
    from flaskgen.effects.packages.uv import Uv

    return lock_project(
        texts["pyproject.toml"] or b"",
        texts[LOCK_FILE],
        (*frozen.runtime, *frozen.dev),
        interpreter=environment.interpreter if uv else stand_in(environment.interpreter, session),
        uv=uv or Uv(session, configured_sources()),
    )


def _with_elsewhere(
    frozen: Frozen,
    roots: ProjectRoots,
    markers: Mapping[str, str],
    texts: Texts,
    environment: Environment,
    session: Session,
    *,
    hashes: HashPolicy,
) -> Frozen:
    """Pin what is required on other platforms or Pythons: as the files have it, else by a resolution."""
    from flaskgen.planning.packages.elsewhere import join, keep_pins, roots_elsewhere

    elsewhere = roots_elsewhere(roots, markers)
    found = []
    for name, label, own in (
        (RUNTIME_FILE, RUNTIME_LABEL, elsewhere.direct),
        (DEV_FILE, DEV_LABEL, elsewhere.dev),
    ):
        pins = keep_pins(label, own, parse_compiled(decode(texts[name] or b"")))
        unhashed = hashes is HashPolicy.ADD and not all(pin.hashes or pin.reference for pin in pins.pins)
        if pins.missing or unhashed:
            pins = _resolve_elsewhere(pins, frozen, roots.constraints, environment, session)
        found.append(pins)
    runtime, dev = found
    return join(frozen, runtime, dev)


def _resolve_elsewhere(
    kept: PinsElsewhere,
    frozen: Frozen,
    bounds: Sequence[str],
    environment: Environment,
    session: Session,
) -> PinsElsewhere:
    """Choose versions for other platforms and Pythons; those that are kept stay if none can be chosen."""
    from flaskgen.effects.packages.hash_sources import stand_in
    from flaskgen.effects.packages.settings import configured_sources
    from flaskgen.effects.packages.uv import Uv
    from flaskgen.planning.packages.elsewhere import OLDEST_PYTHON, is_of_a_python, take_pins

    uv = Uv(session, configured_sources())
    names = {normalized(root.name) for root in kept.roots}
    # What is installed is for everywhere, so that nothing else can be required beside it.
    constraints = [
        pin.line for pin in (*frozen.runtime, *frozen.dev) if not pin.reference and pin.name not in names
    ]
    resolved: list[Pin] = []
    try:
        for python, of_a_python in ((None, False), (OLDEST_PYTHON, True)):
            wanted = [str(root) for root in kept.roots if is_of_a_python(root) == of_a_python]
            if wanted:
                resolved += uv.resolve(
                    wanted,
                    universal=True,
                    interpreter=stand_in(environment.interpreter, session),
                    constraints=bounds if of_a_python else [*bounds, *constraints],
                    preferences=kept.pins,
                    python_version=python,
                )
    except ResolutionFailed as failure:
        session.reporter.warn(f"cannot resolve what is for other platforms: {failure.message}")
        return kept
    return take_pins(kept.label, kept.roots, resolved)


def texts_of(contents: Mapping[PurePosixPath, bytes]) -> Texts:
    """Return the files that freezing reads, of those of a project."""
    return {name: contents.get(PurePosixPath(name)) for name in FROZEN_OF}


def roots_of(texts: Texts) -> ProjectRoots:
    """Return the direct requirements that the files name. Raises BrokenRecord."""
    return read_roots(decode(texts["pyproject.toml"] or b""))


def _with_hashes(frozen: Frozen, kept: Hashes, environment: Environment, session: Session) -> Frozen:
    require_hashable(frozen)
    frozen = fill(frozen, kept)
    if wanting(frozen):
        frozen = fill(frozen, _find_hashes(frozen, environment, session))
    require_complete(frozen)
    return frozen


def _find_hashes(frozen: Frozen, environment: Environment, session: Session) -> Hashes:
    """Return what is known of the missing hashes. Raises ResolutionFailed if the index lacks one."""
    from flaskgen.effects.packages.hash_sources import indexed_hashes, locked_hashes

    locked = locked_hashes(next((pin.version for pin in frozen.runtime if pin.name == "flask"), None))
    left = fill(frozen, locked)
    if not wanting(left):
        return locked
    return {**indexed_hashes(left, interpreter=environment.interpreter, session=session), **locked}
