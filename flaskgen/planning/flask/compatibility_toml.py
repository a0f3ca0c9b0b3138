"""Reads a line of Flask from the TOML of its compatibility data."""

from __future__ import annotations

import tomllib

from flaskgen.errors import TemplateDefect
from flaskgen.planning.flask.compatibility import (
    CoreBound,
    ExtensionSupport,
    FlaskLine,
    PythonBound,
    PythonRange,
    ReleaseException,
    Upstream,
)
from flaskgen.planning.tables import Table


def parse_line(text: str, *, source: str) -> FlaskLine:
    """Read one line's TOML; ``source`` is the file's name for messages. Raises TemplateDefect."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateDefect(f"{source}: {error}") from error
    table = Table(document, lambda key, what: TemplateDefect(f"{source}: `{key}` is {what}"))
    requirements, upstream = table.table("requirements"), table.table("upstream")
    line = FlaskLine(
        name=table.text("line"),
        tested=table.text("tested"),
        releases=table.texts("releases"),
        upstream=Upstream(supported=upstream.get("supported", bool), note=upstream.text("note")),
        yanked=_reasons(table.optional("yanked")),
        broken=_reasons(table.optional("broken")),
        traits=frozenset(table.texts("traits")),
        pythons=_parse_pythons(table.table("pythons")),
        core=_parse_core(table.table("core")),
        base=requirements.texts("base"),
        dev=requirements.texts("dev"),
        environment=requirements.texts("environment"),
        extensions=_parse_extensions(table.table("extensions")),
        exceptions=tuple(_parse_exception(row) for row in table.tables("exceptions")),
    )
    _check_releases(line, table)
    return line


def _check_releases(line: FlaskLine, table: Table) -> None:
    excepted = {release for exception in line.exceptions for release in exception.releases}
    named = {
        "tested": {line.tested},
        "yanked": {*line.yanked},
        "broken": {*line.broken},
        "exceptions": excepted,
    }
    for key, releases in named.items():
        if unknown := releases - {*line.releases}:
            raise table.defect(key, f"of {min(unknown)}, which is not among the releases")


def _reasons(table: Table) -> dict[str, str]:
    return {release: table.text(release) for release in table.keys}


def _parse_pythons(table: Table) -> PythonRange:
    minimum, maximum = _parse_bound(table.table("minimum")), _parse_bound(table.table("maximum"))
    return PythonRange(minimum, maximum, newer_tried=_parse_newer(table))


def _parse_newer(table: Table) -> bool:
    newer = table.text("newer")
    if newer not in ("tried", "refused"):
        raise table.defect("newer", "neither `tried` nor `refused`")
    return newer == "tried"


def _parse_bound(table: Table) -> PythonBound:
    of = table.text("of", "flask")
    if of not in ("flask", "project"):
        raise table.defect("of", "neither `flask` nor `project`")
    return PythonBound(table.text("version"), table.text("reason"), of_project=of == "project")


def _parse_core(table: Table) -> tuple[CoreBound, ...]:
    return tuple(_parse_core_bound(name, table.table(name)) for name in table.keys)


def _parse_core_bound(name: str, row: Table) -> CoreBound:
    beyond = row.text("beyond", "unknown")
    if beyond not in ("fails", "unknown"):
        raise row.defect("beyond", "neither `fails` nor `unknown`")
    if "<" not in row.text("bounds"):
        raise row.defect("bounds", "without an upper bound")
    return CoreBound(name, row.text("bounds"), row.text("reason"), fails_beyond=beyond == "fails")


def _parse_extensions(table: Table) -> dict[str, ExtensionSupport]:
    return {name: parse_support(table.table(name)) for name in table.keys}


def parse_support(row: Table) -> ExtensionSupport:
    """Read what an extension needs. Raises the error of a table that is wrong."""
    if "unsupported" in row.keys:
        return ExtensionSupport(unsupported=row.text("unsupported"))
    if "replaced" in row.keys:
        instead = row.text("instead") if "instead" in row.keys else None
        return ExtensionSupport(replaced=row.text("replaced"), instead=instead)
    conditions = row.optional("with")
    return ExtensionSupport(
        requirements=row.texts("requirements"),
        beside={
            frozenset(traits.split("+")): conditions.table(traits).texts("requirements")
            for traits in conditions.keys
        },
    )


def _parse_exception(table: Table) -> ReleaseException:
    return ReleaseException(
        releases=frozenset(table.texts("releases")),
        traits=frozenset(table.texts("traits", ())),
        maximum=_parse_bound(table.table("maximum")) if "maximum" in table.keys else None,
        core=_parse_core(table.optional("core")),
        extensions=_parse_extensions(table.optional("extensions")),
    )
