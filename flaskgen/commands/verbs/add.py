"""Add extensions to a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flaskgen.commands.changing import Wanted
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.errors import InvalidOption
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.templates.selection import parse_options, parse_request, select_for_line


def add(
    directory: Path | str,
    extensions: Sequence[str],
    options: Sequence[str] = (),
    *,
    defaults: Sequence[str] = (),
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Add extensions, with ``EXT.KEY=VALUE`` options of them, to the project that ``directory`` is in.

    ``defaults`` are options that count for those of the extensions that are added.
    Raises UnknownExtension, UsageError or InvalidOption, and what ``change`` raises.
    """
    return change(
        directory,
        lambda project: with_extensions(project, extensions, options, defaults),
        settings,
        session,
        title=f"add {','.join(extensions)}",
        names=extensions,
    )


def with_extensions(
    project: OpenProject, names: Sequence[str], options: Sequence[str], defaults: Sequence[str] = ()
) -> Wanted:
    """Return the specification with more extensions, and with the options of these."""
    spec, catalogue = project.spec, project.catalogue
    request = parse_request(names, None, catalogue)
    selection = select_for_line(request, spec.release.line, catalogue, there=spec.extensions)
    for text in options:
        owner = text.partition(".")[0].strip()
        if owner in spec.extensions:
            raise InvalidOption(
                f"`{text}`: the project already has {owner}",
                hint=f"change its option: flaskgen option {text}",
            )
    texts = (*option_texts(spec.options), *options)
    settings = parse_options(texts, selection.extensions, catalogue, defaults=defaults)
    asked = (*request.named, *request.swept)
    there = [f"the project already has {name}" for name in dict.fromkeys(asked) if name in spec.extensions]
    changed = replace(spec, extensions=selection.extensions, options=settings)
    return Wanted(changed, notes=(*there, *selection.notes))
