"""Where to find the hashes of installed packages: an environment itself does not keep them."""

from __future__ import annotations

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.freeze import Frozen, Hashes, hashes_of, wanting


def locked_hashes(flask: str | None = None) -> Hashes:
    """Return the hashes of every version that flaskgen was tested with.

    Each lock has those of the files that the Pythons of its series can install. The lock with the release
    ``flask`` decides for its versions; for all others the locks are taken together.
    """
    hashes: dict[tuple[str, str], tuple[str, ...]] = {}
    own: dict[tuple[str, str], tuple[str, ...]] = {}
    for series in load_series():
        for packages in load_lock(series).packages.values():
            for package in packages:
                key = package.name, package.version
                hashes[key] = tuple(sorted({*hashes.get(key, ()), *package.hashes}))
                if series.tested == flask:
                    own[key] = package.hashes
    return {**hashes, **own}


def indexed_hashes(frozen: Frozen, *, interpreter: Interpreter, session: Session) -> Hashes:
    """Return the missing hashes, from the index, with the other versions as they are installed.

    Raises ResolutionFailed, with the true cause, if the index does not have one of them.
    """
    from flaskgen.effects.packages.settings import configured_sources
    from flaskgen.effects.packages.uv import Uv

    resolved = Uv(session, configured_sources()).resolve(
        [pin.line for pin in wanting(frozen)],
        interpreter=stand_in(interpreter, session),
        preferences=[pin for pin in (*frozen.runtime, *frozen.dev) if not pin.reference],
    )
    return hashes_of(resolved)


def stand_in(interpreter: Interpreter, session: Session) -> Interpreter:
    """Return another interpreter of the same version: the environment's own is not run."""
    from flaskgen.effects.python.interpreters import find_of_minor, running_interpreter

    return find_of_minor(interpreter.minor, session=session) or running_interpreter()
