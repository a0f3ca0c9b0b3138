"""Change options of the extensions that a project has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flaskgen.commands.changing import Wanted
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.templates.selection import parse_options


def option(
    directory: Path | str,
    options: Sequence[str],
    *,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Change ``EXT.KEY=VALUE`` options of the project that ``directory`` is in.

    Raises InvalidOption or UnknownExtension, and what ``change`` raises.
    """
    return change(
        directory,
        lambda project: with_options(project, options),
        settings,
        session,
        title=f"option {' '.join(options)}",
    )


def with_options(project: OpenProject, texts: Sequence[str]) -> Wanted:
    """Return the specification with other values of options."""
    spec = project.spec
    everything = (*option_texts(spec.options), *texts)
    options = parse_options(everything, spec.extensions, project.catalogue)
    same = [f"{text} is already set" for text in texts if text in option_texts(spec.options)]
    return Wanted(replace(spec, options=options), notes=tuple(same))
