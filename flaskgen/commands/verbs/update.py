"""Bring a project up to date with this flaskgen's templates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flaskgen.commands.changing import Wanted
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
from flaskgen.effects.system.session import Session


def update(
    directory: Path | str, *, settings: ChangeSettings | None = None, session: Session | None = None
) -> Outcome[Plan]:
    """Update the project that ``directory`` is in to the current templates. Raises what ``change`` raises."""
    return change(
        directory,
        lambda project: Wanted(project.spec),
        replace(settings or ChangeSettings(), update=True),
        session,
        title="update",
    )
