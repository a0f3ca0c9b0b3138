"""What is tried of each known break: rows of breaks.toml that only its trial reads."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import tomli


class Trial(NamedTuple):
    """Versions that are installed to see whether the break's code works with them."""

    python: str
    """``3.8``."""
    pins: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    """Constraints for what builds the packages that have no wheel."""


class Trials(NamedTuple):
    """Both sides of a break."""

    works: Trial
    fails: Trial
    script: str
    """The code that works in the one environment and not in the other."""


@cache
def load_trials() -> dict[str, Trials]:
    """Return the trials of all rows, by their names."""
    text = (files("flaskgen.compatibility") / "breaks.toml").read_text("utf-8")
    return {
        row["id"]: Trials(_trial(row["works"]), _trial(row["fails"]), row["script"])
        for row in tomli.loads(text)["breaks"]
    }


def _trial(row: dict[str, Any]) -> Trial:
    return Trial(row["python"], tuple(row.get("pins", ())), tuple(row.get("build", ())))
