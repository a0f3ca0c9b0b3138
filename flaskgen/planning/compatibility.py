"""What works with a line of Flask releases, read from its compatibility data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flaskgen.errors import TemplateDefect


@dataclass(frozen=True)
class PythonBound:
    """The oldest or the newest Python of a line, and why it is that one."""

    version: str
    """``3.9``."""
    reason: str
    """What is said of Flask beyond the bound, in words that fit in brackets after it."""


@dataclass(frozen=True)
class PythonRange:
    """The Pythons that a line was tested on, both ends included."""

    minimum: PythonBound
    maximum: PythonBound
    newer_tried: bool
    """Whether Pythons above the maximum are untested rather than known to fail."""


@dataclass(frozen=True)
class CoreBound:
    """The versions of one of Flask's own dependencies that work."""

    name: str
    bounds: str
    reason: str

    @property
    def requirement(self) -> str:
        return f"{self.name}{self.bounds}"


@dataclass(frozen=True)
class ExtensionSupport:
    """What one extension needs on a line, or why it cannot be had there."""

    requirements: tuple[str, ...] = ()
    unsupported: str | None = None


@dataclass(frozen=True)
class FlaskLine:
    """One line of releases, such as 3.1, and all that was measured to work with it."""

    name: str
    tested: str
    """The release that the lock holds: the newest that the tests ran with."""
    releases: tuple[str, ...]
    yanked: Mapping[str, str]
    """Reasons by release."""
    traits: frozenset[str]
    pythons: PythonRange
    core: tuple[CoreBound, ...]
    base: tuple[str, ...]
    """What every project requires beside Flask."""
    dev: tuple[str, ...]
    environment: tuple[str, ...]
    """What every virtual environment holds without the project requiring it: pip."""
    extensions: Mapping[str, ExtensionSupport]


def parse_line(text: str, *, source: str) -> FlaskLine:
    """Read one line's TOML; ``source`` is the file's name for messages. Raises TemplateDefect."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateDefect(f"{source}: {error}") from error
    table = _Table(source, "", document)
    requirements = table.table("requirements")
    line = FlaskLine(
        name=table.text("line"),
        tested=table.text("tested"),
        releases=table.texts("releases"),
        yanked={release: table.table("yanked").text(release) for release in table.table("yanked").keys},
        traits=frozenset(table.texts("traits")),
        pythons=_parse_pythons(table.table("pythons")),
        core=_parse_core(table.table("core")),
        base=requirements.texts("base"),
        dev=requirements.texts("dev"),
        environment=requirements.texts("environment"),
        extensions=_parse_extensions(table.table("extensions")),
    )
    if line.tested not in line.releases:
        raise TemplateDefect(f"{source}: `tested` is not among the releases")
    return line


def _parse_pythons(table: _Table) -> PythonRange:
    newer = table.text("newer")
    if newer not in ("tried", "refused"):
        raise table.defect("newer", "neither `tried` nor `refused`")
    minimum, maximum = (
        PythonBound(bound.text("version"), bound.text("reason"))
        for bound in (table.table("minimum"), table.table("maximum"))
    )
    return PythonRange(minimum, maximum, newer_tried=newer == "tried")


def _parse_core(table: _Table) -> tuple[CoreBound, ...]:
    rows = ((name, table.table(name)) for name in table.keys)
    return tuple(CoreBound(name, row.text("bounds"), row.text("reason")) for name, row in rows)


def _parse_extensions(table: _Table) -> dict[str, ExtensionSupport]:
    extensions = {}
    for name in table.keys:
        row = table.table(name)
        if "unsupported" in row.keys:
            extensions[name] = ExtensionSupport(unsupported=row.text("unsupported"))
        else:
            extensions[name] = ExtensionSupport(requirements=row.texts("requirements"))
    return extensions


@dataclass(frozen=True)
class _Table:
    """A TOML table that names the file and the key when something in it is not as it must be."""

    source: str
    path: str
    values: Mapping[str, object]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.values)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not value:
            raise self.defect(key, "missing or not text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.defect(key, "missing or not a list of texts")
        return tuple(value)

    def table(self, key: str) -> _Table:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.defect(key, "missing or not a table")
        return _Table(self.source, f"{self.path}{key}.", cast("dict[str, object]", value))

    def defect(self, key: str, what: str) -> TemplateDefect:
        return TemplateDefect(f"{self.source}: `{self.path}{key}` is {what}")
