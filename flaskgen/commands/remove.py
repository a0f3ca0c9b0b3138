"""Take extensions out of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flaskgen.commands.add import Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.errors import UsageError
from flaskgen.planning.templates.selection import parse_extension_names


def without_extensions(project: OpenProject, names: Sequence[str]) -> Wanted:
    """Give the specification without extensions.

    Raises UnknownExtension, or UsageError where another extension needs one of them.
    """
    spec, catalogue = project.spec, project.catalogue
    asked = parse_extension_names(names, catalogue)
    left = tuple(name for name in spec.extensions if name not in asked)
    for name in left:
        for need in catalogue.extensions[name].needs:
            if need in asked:
                raise UsageError(f"{name} needs {need}", hint=f"take both out: flaskgen remove {need},{name}")
    typed = {name for text in names for name in text.lower().split(",")}
    absent = [f"{name} is not there" for name in asked if name in typed and name not in spec.extensions]
    options = {name: values for name, values in spec.options.items() if name in left}
    return Wanted(replace(spec, extensions=left, options=options), notes=tuple(absent))
