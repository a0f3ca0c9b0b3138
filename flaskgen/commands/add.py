"""Add extensions to a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flaskgen.effects.project.opening import OpenProject
from flaskgen.errors import InvalidOption
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.selection import parse_options, parse_request, select_for_line


@dataclass(frozen=True)
class Wanted:
    """The specification that was asked for, and what there is to say about it."""

    spec: ProjectSpec
    notes: tuple[str, ...] = ()


def with_extensions(project: OpenProject, names: Sequence[str], options: Sequence[str]) -> Wanted:
    """Give the specification with more extensions, and with the options of these.

    Raises UnknownExtension, UsageError or InvalidOption.
    """
    spec, catalogue = project.spec, project.catalogue
    request = parse_request(names, None, catalogue)
    selection = select_for_line(request, spec.release.line, catalogue, there=spec.extensions)
    for text in options:
        owner = text.partition(".")[0].strip()
        if owner in spec.extensions:
            raise InvalidOption(
                f"`{text}`: {owner} is there already", hint=f"change its option: flaskgen option {text}"
            )
    settings = parse_options((*option_texts(spec.options), *options), selection.extensions, catalogue)
    asked = (*request.named, *request.swept)
    there = [f"{name} is there already" for name in dict.fromkeys(asked) if name in spec.extensions]
    changed = replace(spec, extensions=selection.extensions, options=settings)
    return Wanted(changed, notes=(*there, *selection.notes))
