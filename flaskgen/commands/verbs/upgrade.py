"""Upgrade a project: its release of Flask, its Python, and its packages to the tested versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from flaskgen.commands.changing import Wanted
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
from flaskgen.effects.packages.release_list import find_release
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session


class Target(NamedTuple):
    """What a project is to be upgraded to, as typed; None stands for what it has."""

    flask: str | None = None
    """A release, a series, or ``latest``."""
    python: str | None = None
    """A version, such as ``3.14``."""
    newest: bool = False
    """Whether the newest releases are taken, instead of the tested ones."""

    @property
    def title(self) -> str:
        """What was typed."""
        flask = f" --flask {self.flask}" if self.flask else ""
        python = f" --python {self.python}" if self.python else ""
        return f"upgrade{flask}{python}{' --newest' if self.newest else ''}"


def upgrade(
    directory: Path | str,
    target: Target | None = None,
    *,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Upgrade the project that ``directory`` is in, by default to the tested versions of its Flask series.

    Raises what ``find_release`` and ``change`` raise.
    """
    target, settings, session = target or Target(), settings or ChangeSettings(), session or Session()

    def want(project: OpenProject) -> Wanted:
        return with_target(project, target, settings, session)

    return change(directory, want, settings, session, title=target.title)


def with_target(project: OpenProject, target: Target, settings: ChangeSettings, session: Session) -> Wanted:
    """Return the specification with the release of Flask and the Python that are asked for."""
    spec = project.spec
    release = find_release(
        target.flask or spec.release.series.name,
        sources=settings.sources,
        forbidden_by=None if settings.install else "--no-install",
        session=session,
    )
    return Wanted(replace(spec, release=project.catalogue.on(release), python=target.python or spec.python))
