"""Read the manifest of an extension: what it says of itself, each value checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from flaskgen.errors import TemplateDefect, UsageError, suggest
from flaskgen.planning.flask.compatibility import parse_support
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.resources.resource import Resource, read_resource
from flaskgen.planning.tables import Table, read_toml
from flaskgen.planning.templates.catalogue import Extension, Maintenance, Option, SeriesSupport
from flaskgen.planning.templates.tree import landing_path

_KEYS = frozenset(Extension._fields) - {"name", "place"}
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SERIES = re.compile(r"(\d+\.\d+)(?: to (\d+\.\d+))?", re.ASCII)
_RESERVED = frozenset({"base", "all", "none", "dev", "ended", "no-database", "untested"})
"""Words that lists of extensions and overlays have for something else."""


def parse_manifest(text: str, *, name: str, source: str, place: str = "") -> Extension:
    """Read a manifest.toml. Raises TemplateDefect, naming ``source``, the line and the value.

    ``place`` is where an extension comes from that flaskgen does not ship; such a one has to have a version.
    """
    document = read_toml(text.encode(), lambda what: TemplateDefect(f"{source} {what}"))
    table = Table(document, lambda key, what: _wrong(text, source, key, what))
    if unknown := min(document.keys() - _KEYS, default=None):
        hint, _ = suggest(unknown, _KEYS, otherwise=f"the keys are {', '.join(sorted(_KEYS))}")
        raise TemplateDefect(f"{source}:{_line_of(text, unknown)}: unknown key `{unknown}`", hint=hint)
    if unprintable := next((value for value in _texts(document) if not value.isprintable()), None):
        raise TemplateDefect(f"{source}: {unprintable!a} has a character that cannot be shown")
    if place and not is_extension_name(name):
        raise TemplateDefect(
            f"`{name}` cannot name an extension", hint="use lower-case letters, digits, and single `-` or `_`"
        )
    return Extension(
        name=name,
        title=table.text("title"),
        summary=table.text("summary"),
        order=table.get("order", int),
        distribution=table.get("distribution", str, ""),
        status=Maintenance(table.choice("status", [*Maintenance], Maintenance.MAINTAINED)),
        note=table.get("note", str, ""),
        version=_version(table) if place or "version" in table.keys else "",
        place=place,
        needs=table.texts("needs", ()),
        provides=table.texts("provides", ()),
        modules=table.texts("modules", ()),
        commands=table.texts("commands", ()),
        blueprints=table.texts("blueprints", ()),
        configuration=table.optional("configuration").all_texts(),
        options=tuple(_options(table.optional("options"))),
        next_steps=table.texts("next_steps", ()),
        once=tuple(str(landing_path(path, source=source)) for path in table.texts("once", ())),
        resources=tuple(map(_resource, table.tables("resources"))),
        flask=tuple(_series(table.optional("flask"))),
    )


def is_extension_name(text: str) -> bool:
    """Return whether a text can name an extension beside those that flaskgen ships."""
    return bool(_NAME.fullmatch(text)) and text not in _RESERVED


def _wrong(text: str, source: str, key: str, what: str) -> TemplateDefect:
    line = _line_of(text, key.rpartition(".")[2])
    return TemplateDefect(f"{source}{f':{line}' if line else ''}: `{key}` is {what}")


def _line_of(text: str, key: str) -> int:
    """Return the first line with a key, or 0."""
    found = re.search(rf'^\s*(\[.*)?"?{re.escape(key)}\b', text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _version(table: Table) -> str:
    version = table.text("version")
    try:
        return str(Version(version))
    except InvalidVersion as error:
        raise table.defect("version", f"`{version}`, which is not a version such as 1.0") from error


def _options(table: Table) -> Iterator[Option]:
    for name in table.keys:
        row = table.table(name)
        choices = row.texts("choices")
        default = row.choice("default", choices)
        option = Option(name, row.text("help"), choices, default, row.texts("needs", ()))
        if not _NAME.fullmatch(name):
            raise table.defect(name, "not a name of lower-case letters and digits")
        if unfit := next((choice for choice in option.choices if not _CHOICE.fullmatch(choice)), None):
            raise row.defect("choices", f"with `{unfit}`, which is not letters, digits, `.`, `-` and `_`")
        yield option


def _resource(table: Table) -> Resource:
    try:
        return read_resource(table)
    except UsageError as error:
        raise table.defect("name", f"of no resource: {error.message}") from error


def _series(table: Table) -> Iterator[SeriesSupport]:
    for key in table.keys:
        series = _SERIES.fullmatch(key)
        if not series:
            raise table.defect(key, "no series of Flask such as `3.1`, or `2.2 to 3.1`")
        row = table.table(key)
        support = parse_support(row)
        for text in (*support.required_with(frozenset().union(*support.beside)), *support.dev):
            _check_requirement(text, row)
        first, last = series[1], series[2] or series[1]
        yield SeriesSupport(version_numbers(first), version_numbers(last), support)


def _check_requirement(text: str, row: Table) -> None:
    """Refuse what is not a package of the index that the user chose."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise row.defect("requirements", f"with `{text}`, which is not a requirement") from error
    if requirement.url:
        raise row.defect("requirements", f"with `{text}`: name a package and its bounds, not an address")
