"""Describe the extensions: what each requires, adds and changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.effects.shipped.rendering import render_projects
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import UnknownExtension
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.project.names import ProjectName
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue, Extension
from flaskgen.planning.templates.catalogue_checks import find_slots
from flaskgen.planning.templates.selection import parse_extension_names, parse_options, select_extensions
from flaskgen.planning.templates.tree import Tree

SAMPLE = ProjectName("PACKAGE")


class ExtensionFacts(NamedTuple):
    """An extension, with the newest series of Flask.

    Its version is that of the newest series that can have it.
    """

    name: str
    summary: str
    distribution: str
    version: str
    place: str
    """Where it is, if flaskgen does not ship it; then the version is its own."""
    status: str
    note: str
    needs: tuple[str, ...]
    requirements: tuple[str, ...]
    requirements_with: Mapping[str, list[str]]
    """Additional requirements, by the traits that bring them: ``database-mysql``."""
    files: tuple[str, ...]
    """Paths it adds to a project, where `PACKAGE` is the project's package."""
    changes: tuple[str, ...]
    """Paths of every project that it adds lines to."""
    configuration: Mapping[str, str]
    options: tuple[dict[str, Any], ...]


class SlotLines(NamedTuple):
    """Lines for a slot of a shared file, as the templates have them."""

    file: str
    slot: str
    part: str
    condition: tuple[str, ...]
    """What a project needs besides the extension to get them."""
    source: str
    """The template, and the line where they begin: ``extensions/login/slots.jinja:5``."""
    text: str


def describe_extensions(
    directories: Sequence[Path] = (), name: str | None = None, *, files: bool = True
) -> list[ExtensionFacts]:
    """Describe an extension, or all in the order in which they are applied, also those in ``directories``.

    To know the ``files`` of each takes most of the time; without, they are empty. Raises UnknownExtension.
    """
    catalogue = load_catalogue(directories, None if name is None else [name])
    names = catalogue.extensions if name is None else [_known(name, catalogue)]
    all_series = [catalogue.complete(series) for series in load_series()]
    return [_describe(catalogue.extensions[one], catalogue, all_series, files=files) for one in names]


def describe_lines(name: str, directories: Sequence[Path] = ()) -> tuple[SlotLines, ...]:
    """Return the lines of an extension, with its overlays, by the file that they land in.

    Raises UnknownExtension.
    """
    catalogue = load_catalogue(directories, [name])
    known = _known(name, catalogue)
    slots = find_slots(catalogue)
    lines: dict[str, list[SlotLines]] = {}
    for layer in catalogue.layers:
        for fill in layer.fills if layer.owner == known else ():
            file = slots[fill.slot].file.replace("{{package}}", SAMPLE.package)
            condition = tuple(sorted(layer.condition - {known}))
            source = f"{fill.source}:{fill.line}"
            found = SlotLines(file, fill.slot, fill.part, condition, source, fill.content)
            lines.setdefault(file, []).append(found)
    return tuple(found for group in lines.values() for found in group)


def _known(name: str, catalogue: Catalogue) -> str:
    names = parse_extension_names([name], catalogue)
    if len(names) != 1:
        raise UnknownExtension(f"`{name}` is not an extension", hint="name one: flaskgen extensions login")
    return names[0]


def _describe(
    extension: Extension, catalogue: Catalogue, all_series: Sequence[FlaskSeries], *, files: bool
) -> ExtensionFacts:
    having = [series for series in all_series if series.extensions[extension.name].unsupported is None]
    series = having[-1] if having else all_series[-1]
    support = series.extensions[extension.name]
    with_it = render_sample([extension.name], catalogue, series) if files else {}
    needed = render_sample(extension.needs, catalogue, series) if files else {}
    newest = next((one for one in reversed(all_series) if one.lacks(extension.name) is None), series)
    return ExtensionFacts(
        name=extension.name,
        summary=extension.summary,
        distribution=extension.distribution,
        version=extension.version or _tested_version(extension, newest),
        place=extension.place,
        status=extension.status.value,
        note=extension.note,
        needs=extension.needs,
        requirements=(*support.requirements, *support.dev),
        requirements_with=support.beside_as_dict(),
        files=tuple(str(path) for path in with_it if path not in needed),
        changes=tuple(str(path) for path in with_it if path in needed and with_it[path] != needed[path]),
        configuration=dict(extension.configuration),
        options=tuple(option._asdict() for option in extension.options),
    )


def _tested_version(extension: Extension, series: FlaskSeries) -> str:
    """Return the version of an extension's package in the lock of a series; empty if it has no package."""
    tested = load_lock(series).packages.get(normalized(extension.distribution), ())
    return tested[-1].version if tested else "untested" if extension.distribution else ""


def render_sample(names: Iterable[str], catalogue: Catalogue, series: FlaskSeries) -> Tree:
    """Return the files of a project with some extensions, and with what these require, on a series."""
    chosen = select_extensions(names, catalogue).extensions
    spec = ProjectSpec(
        name=SAMPLE,
        release=FlaskRelease(series.tested, series),
        python=series.pythons.maximum.version,
        extensions=chosen,
        options=parse_options((), chosen, catalogue),
    ).with_examples(catalogue)
    (tree,) = render_projects([spec], catalogue, secret_key="")
    return tree
