"""Write uv.lock: for uv, and for every platform, the versions that the requirements files have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.environments import marker_environment
from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import Pin, decode
from flaskgen.planning.packages.uv_lock import (
    LOCK_FILE,
    agrees,
    format_preferences,
    installed_versions,
    read_versions,
)


def lock_project(
    pyproject: bytes,
    before: bytes | None,
    pins: Iterable[Pin],
    *,
    interpreter: Interpreter,
    uv: Uv,
) -> bytes | None:
    """Return the uv.lock of a project that has ``pins``, where ``before`` is what it has now.

    A lock that is right stays as it is. What the pins do not decide, for other platforms, stays at the
    version that it has, else is that of flaskgen's lock. None, with a warning, if uv cannot lock the project.
    """
    installed, there = installed_versions(pins), read_versions(before)
    text = decode(pyproject)
    lock_with = partial(
        uv.lock,
        text,
        interpreter=interpreter,
        is_enough=lambda lock: agrees(read_versions(lock.encode()), installed),
    )
    try:
        if before is not None and agrees(there, installed):
            locked = lock_with(decode(before))
            if locked.splitlines() == decode(before).splitlines():
                return before
        kept = {name: min(versions) for name, versions in there.items() if len(versions) == 1}
        wanted = format_preferences(pyproject, _tested(installed, interpreter), kept, installed)
        lock = lock_with(wanted).encode()
    except ResolutionFailed as failure:
        if uv.sources.offline:
            uv.session.reporter.note(
                f"{LOCK_FILE} was not written ({failure.message}): `flaskgen freeze` writes it"
            )
        else:
            uv.session.reporter.warn(f"{LOCK_FILE} was not written: {failure.message}")
        return None
    if not agrees(read_versions(lock), installed):
        uv.session.reporter.warn(
            f"{LOCK_FILE} has other versions than are installed, as pyproject.toml requires"
        )
    return lock


def _tested(installed: Mapping[str, str], interpreter: Interpreter) -> dict[str, str]:
    """Return the versions that the installed release of Flask was tested with."""
    series = next((series for series in load_series() if installed.get("flask") in series.releases), None)
    tested = tested_for(series, interpreter.minor) if series else ()
    return {pin.name: pin.version for pin in tested}


def tested_for(series: FlaskSeries, python: str) -> tuple[Pin, ...]:
    """Return the versions that are tested today with a series of Flask, on a Python such as ``3.13``."""
    return load_lock(series).preferences(marker_environment(Interpreter(Path(), f"{python}.0")))
