"""Remove extensions from a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flaskgen.commands.changing import Wanted
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.errors import UsageError
from flaskgen.planning.templates.selection import parse_extension_names


def remove(
    directory: Path | str,
    extensions: Sequence[str],
    *,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Remove extensions from the project that ``directory`` is in.

    Raises UnknownExtension, UsageError if another extension requires one of them, and what ``change`` raises.
    """
    return change(
        directory,
        lambda project: without_extensions(project, extensions),
        settings,
        session,
        title=f"remove {','.join(extensions)}",
        names=extensions,
    )


def without_extensions(project: OpenProject, names: Sequence[str]) -> Wanted:
    """Return the specification without extensions."""
    spec, catalogue = project.spec, project.catalogue
    asked = parse_extension_names(names, catalogue)
    left = tuple(name for name in spec.extensions if name not in asked)
    for name in left:
        for need in catalogue.extensions[name].needs:
            if need in asked:
                raise UsageError(
                    f"{name} requires {need}", hint=f"remove both: flaskgen remove {need},{name}"
                )
    typed = {name for text in names for name in text.lower().split(",")}
    absent = [
        f"the project does not have {name}" for name in asked if name in typed and name not in spec.extensions
    ]
    options = {name: values for name, values in spec.options.items() if name in left}
    return Wanted(replace(spec, extensions=left, options=options), notes=tuple(absent))
