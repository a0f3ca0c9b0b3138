"""Change options of the extensions that a project has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flaskgen.commands.add import Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.templates.selection import parse_options


def with_options(project: OpenProject, texts: Sequence[str]) -> Wanted:
    """Give the specification with other values of options. Raises InvalidOption or UnknownExtension."""
    spec = project.spec
    everything = (*option_texts(spec.options), *texts)
    options = parse_options(everything, spec.extensions, project.catalogue)
    same = [f"{text} is so already" for text in texts if text in option_texts(spec.options)]
    return Wanted(replace(spec, options=options), notes=tuple(same))
