"""Add extensions to a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flaskgen.effects.record_files import OpenProject
from flaskgen.errors import InvalidOption
from flaskgen.planning.record import option_texts
from flaskgen.planning.selection import parse_extension_names, parse_options, select_extensions
from flaskgen.planning.spec import ProjectSpec


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
    asked = parse_extension_names(names, catalogue)
    selection = select_extensions((*spec.extensions, *asked), catalogue)
    for text in options:
        owner = text.partition(".")[0].strip()
        if owner in spec.extensions:
            raise InvalidOption(
                f"`{text}`: {owner} is there already", hint=f"change its option: flaskgen option {text}"
            )
    settings = parse_options((*option_texts(spec.options), *options), selection.extensions, catalogue)
    there = [f"{name} is there already" for name in asked if name in spec.extensions]
    along = [f"{name} comes along: {by} needs it" for name, by in selection.taken_along.items()]
    return Wanted(replace(spec, extensions=selection.extensions, options=settings), notes=(*there, *along))
