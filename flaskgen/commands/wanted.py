"""What a command asks of a change."""

from __future__ import annotations

from typing import NamedTuple

from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.project.spec import ProjectSpec


class WantedPackages(NamedTuple):
    """How an upgrade changes the environment."""

    newest: bool
    """Whether the newest releases are taken, instead of the tested ones."""
    interpreter: Interpreter | None
    """The Python of a new environment; None if the one that is there stays."""
    pinned: str
    """The release of Flask that pyproject.toml pins, which its user may have changed."""


class Wanted(NamedTuple):
    """The specification that was asked for, and what there is to say about it."""

    spec: ProjectSpec
    notes: tuple[str, ...] = ()
    upgrade: WantedPackages | None = None
    """What else the packages are to be; None if they only have to fulfil the requirements."""
