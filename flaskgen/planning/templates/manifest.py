"""Read the manifest of an extension: what it says of itself, each value checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from flaskgen.errors import TemplateDefect, UsageError
from flaskgen.planning.flask.compatibility import parse_support
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.resources.resource import Resource, read_resource
from flaskgen.planning.tables import Table, line_of, read_toml
from flaskgen.planning.templates.catalogue import (
    BASE,
    GENERATED,
    SINGLE,
    Extension,
    Maintenance,
    Option,
    SeriesSupport,
)
from flaskgen.planning.templates.tree import landing_path

_KEYS = frozenset(Extension._fields) - {"name", "place"}
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.\w+)*", re.ASCII)
_SETTING = re.compile(r"[A-Z_][A-Z0-9_]*")
_SERIES = re.compile(r"(\d{1,4}\.\d{1,4})(?: to (\d{1,4}\.\d{1,4}))?", re.ASCII)
_RESERVED = frozenset({"all", "none", BASE, SINGLE, *GENERATED})
"""Words that lists of extensions have for something else, and other owners of templates."""
NAME_HINT = "use lower-case letters, digits, and single `-` or `_`"
_HINT = "compare the file with one that `flaskgen extension new NAME` creates"


def parse_manifest(text: str, *, name: str, source: str, place: str = "") -> Extension:
    """Read a manifest.toml. Raises TemplateDefect, naming ``source``, the line and the value.

    ``place`` is where an extension comes from that flaskgen does not ship; such a one has to have a version.
    """
    document = read_toml(text.encode(), lambda what: TemplateDefect(f"{source} {what}"))
    table = Table(document, lambda key, what: _wrong(text, source, key, what))
    table.check_keys(_KEYS)
    if unprintable := next((value for value in _texts(document) if not value.isprintable()), None):
        raise TemplateDefect(
            f"{source}: {unprintable!a} has a character that cannot be shown", hint="remove the character"
        )
    if place and not is_extension_name(name):
        raise TemplateDefect(f"{place}: `{name}` cannot name an extension", hint=NAME_HINT)
    return Extension(
        name=name,
        title=table.text("title"),
        summary=table.text("summary"),
        order=table.get("order", int),
        distribution=_distribution(table),
        status=Maintenance(table.choice("status", [*Maintenance], Maintenance.MAINTAINED)),
        note=table.get("note", str, ""),
        version=_version(table) if place or "version" in table.keys else "",
        place=place,
        needs=table.texts("needs", ()),
        provides=_names(table, "provides", _NAME),
        modules=_names(table, "modules", _MODULE),
        commands=_names(table, "commands", _CHOICE),
        blueprints=_names(table, "blueprints", _CHOICE),
        configuration=_configuration(table.optional("configuration")),
        options=tuple(_options(table.optional("options"))),
        next_steps=table.texts("next_steps", ()),
        once=tuple(str(landing_path(path, source=source)) for path in table.texts("once", ())),
        resources=tuple(map(_resource, table.tables("resources"))),
        flask=_series(table.optional("flask")),
    )


def is_extension_name(text: str) -> bool:
    """Return whether a text can name an extension beside those that flaskgen ships."""
    return bool(_NAME.fullmatch(text)) and text not in _RESERVED


def _wrong(text: str, source: str, key: str, what: str) -> TemplateDefect:
    line = line_of(text, key)
    return TemplateDefect(f"{source}{f':{line}' if line else ''}: `{key}` is {what}", hint=_HINT)


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


def _names(table: Table, key: str, fit: re.Pattern[str]) -> tuple[str, ...]:
    names = table.texts(key, ())
    if unfit := next((name for name in names if not fit.fullmatch(name)), None):
        raise table.defect(key, f"wrong: `{unfit}` cannot be a name there")
    return names


def _distribution(table: Table) -> str:
    name = table.get("distribution", str, "")
    if name and not _CHOICE.fullmatch(name):
        raise table.defect("distribution", f"`{name}`, which is not the name of a package")
    return name


def _configuration(table: Table) -> dict[str, str]:
    for key in table.keys:
        if not _SETTING.fullmatch(key):
            raise table.defect(key, "not a configuration key such as `MAIL_SERVER`")
    return table.all_texts()


def _options(table: Table) -> Iterator[Option]:
    for name in table.keys:
        row = table.table(name)
        row.check_keys(("help", "choices", "default", "needs"))
        choices = row.texts("choices")
        default = row.choice("default", choices)
        option = Option(name, row.text("help"), choices, default, row.texts("needs", ()))
        if not _NAME.fullmatch(name):
            raise table.defect(name, "not a name of lower-case letters and digits")
        if unfit := next((choice for choice in option.choices if not _CHOICE.fullmatch(choice)), None):
            raise row.defect(
                "choices", f"wrong: `{unfit}` may only contain letters, digits, `.`, `-` and `_`"
            )
        yield option


def _resource(table: Table) -> Resource:
    table.check_keys(Resource._fields)
    try:
        return read_resource(table)
    except UsageError as error:
        raise table.defect("name", f"wrong: {error.message}") from error


def _series(table: Table) -> tuple[SeriesSupport, ...]:
    said: list[SeriesSupport] = []
    for key in table.keys:
        series = _SERIES.fullmatch(key)
        if not series:
            raise table.defect(key, "not a release series of Flask such as `3.1`, or `2.2 to 3.1`")
        first, last = version_numbers(series[1]), version_numbers(series[2] or series[1])
        if last < first or any(one.first <= last and first <= one.last for one in said):
            raise table.defect(key, "wrong: its series are not in order, or another key has them")
        row = table.table(key)
        support = parse_support(row)
        for text in (*support.required_with(frozenset().union(*support.beside)), *support.dev):
            _check_requirement(text, row)
        said.append(SeriesSupport(first, last, support))
    return tuple(said)


def _check_requirement(text: str, row: Table) -> None:
    """Refuse what is not a package of the index that the user chose."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise row.defect("requirements", f"wrong: `{text}` is not a requirement") from error
    if requirement.url:
        raise row.defect("requirements", f"wrong: `{text}` is an address, not a package with bounds")
