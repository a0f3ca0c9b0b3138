"""What flaskgen asks of an installer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.pins import Pin
from flaskgen.planning.packages.sources import PackageSources


class Installer(Protocol):
    """Find versions that fit, and put pinned ones into an environment."""

    name: str
    """``uv`` or ``pip``."""

    def resolve(
        self,
        requirements: Sequence[str],
        *,
        interpreter: Interpreter,
        sources: PackageSources,
        preferences: Sequence[Pin],
        session: Session,
    ) -> tuple[Pin, ...]:
        """Give the closure of ``requirements`` for ``interpreter``, with hashes and ``via``, writing nothing.

        Where a preferred version fits, it is taken; otherwise the newest that does.
        Raises ResolutionFailed, with the true cause.
        """

    def install(
        self,
        pins: Sequence[Pin],
        *,
        python: Path,
        sources: PackageSources,
        session: Session,
    ) -> tuple[str, ...]:
        """Make the environment of ``python`` hold exactly ``pins``, verifying every hash that a pin carries.

        Gives the names of the packages that a private index rebuilt: the same version with another hash
        than the pin's. From the public index such a package is refused. Raises InstallFailed.
        """

    def add(
        self, pins: Sequence[Pin], *, python: Path, sources: PackageSources, session: Session
    ) -> tuple[str, ...]:
        """Install ``pins`` beside what is there, and nothing that they need; otherwise as ``install``."""

    def remove(self, names: Sequence[str], *, python: Path, session: Session) -> None:
        """Take packages out of the environment of ``python``. Raises InstallFailed."""

    def repair(
        self,
        pins: Sequence[Pin],
        names: Sequence[str],
        *,
        python: Path,
        sources: PackageSources,
        session: Session,
    ) -> tuple[str, ...]:
        """Install those of ``pins`` in ``names`` again, fetched anew, and the rest as ``install`` does.

        For packages whose installed files are not those of their wheels, because a cache was damaged.
        Gives the same names, and raises the same error, as ``install``.
        """
