"""What a project could have: the versions that are tested today with its release of Flask."""

from __future__ import annotations

from pathlib import Path

from flaskgen.effects.python.environments import marker_environment
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.pins import Pin


def tested_for(release: FlaskRelease, python: str) -> tuple[Pin, ...]:
    """Return the tested versions of all packages on a Python such as ``3.13``."""
    return load_lock(release.series).preferences(marker_environment(Interpreter(Path(), f"{python}.0")))
