"""What works with a series of Flask, and with each release in it: as values, and read from TOML."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.tables import Table, read_template_table


class PythonBound(NamedTuple):
    """The oldest or the newest Python of a series, and why it is that one."""

    version: str
    """``3.9``."""
    reason: str
    """What is said of Flask beyond the bound, in words that fit in brackets after it."""
    of_project: bool = False
    """Whether it is a project of flaskgen's, rather than Flask itself, that does not work beyond it."""


class PythonRange(NamedTuple):
    """The Pythons that a series was tested on, both ends included."""

    minimum: PythonBound
    maximum: PythonBound
    newer_tried: bool
    """Whether Pythons above the maximum are untested rather than known to fail."""

    def since(self, version: str) -> tuple[str, ...]:
        """Return a Python such as ``3.11`` and the newer ones that were tested."""
        (major, minor), (_, newest) = version.split("."), self.maximum.version.split(".")
        return (version, *(f"{major}.{newer}" for newer in range(int(minor) + 1, int(newest) + 1)))


class OlderPythons(NamedTuple):
    """A lower ceiling of a package, on Pythons where older versions of it still work."""

    below: str
    """The first Python that it is not for: ``3.10``."""
    bounds: str
    reason: str


class CoreBound(NamedTuple):
    """The versions of one of Flask's own dependencies that work."""

    name: str
    bounds: str
    reason: str
    fails_beyond: bool = False
    """Whether newer versions are known to fail, rather than not to be there yet."""
    older_pythons: OlderPythons | None = None
    """Not for projects of flaskgen's, whose pins also have to work on newer Pythons."""

    @property
    def requirement(self) -> str:
        return f"{self.name}{self.bounds}"

    @property
    def ceiling(self) -> str:
        """The upper bound alone: ``Werkzeug<2``."""
        return self.name + next(bound for bound in self.bounds.split(",") if bound.startswith("<"))


@dataclass(frozen=True)
class ExtensionSupport:
    """What one extension needs on a series, or why it cannot be had there."""

    requirements: tuple[str, ...] = ()
    beside: Mapping[frozenset[str], tuple[str, ...]] = field(default_factory=dict)
    """What it requires beside these where a project has all of a set of traits: a database's driver."""
    dev: tuple[str, ...] = ()
    """Development tools that it brings."""
    unsupported: str | None = None
    replaced: str | None = None
    """What the series has in its place: its templates apply, and it requires nothing."""
    instead: str | None = None
    """What is said beside that to who asks for it: where its templates show the replacement."""
    minimum: PythonBound | None = None
    """The oldest Python that it works on, if the series works on older ones."""

    def required_with(self, traits: Collection[str]) -> tuple[str, ...]:
        """Return what it requires in a project of these traits."""
        more = (texts for condition, texts in self.beside.items() if condition <= set(traits))
        return (*self.requirements, *chain.from_iterable(more))

    def beside_as_dict(self) -> dict[str, list[str]]:
        """Return the conditional requirements by their traits, joined as directories' names are: ``a+b``."""
        return {"+".join(sorted(condition)): list(texts) for condition, texts in self.beside.items()}


class Upstream(NamedTuple):
    """Whether the Flask project still looks after a series, and what to say of it."""

    supported: bool
    note: str
    released: str
    """The month of its first release: ``2018-04``."""


@dataclass(frozen=True)
class ReleaseException:
    """What holds for some releases of a series instead of what the series says."""

    releases: frozenset[str]
    traits: frozenset[str] = frozenset()
    """Traits beside the series'."""
    maximum: PythonBound | None = None
    """A firm newest Python."""
    core: tuple[CoreBound, ...] = ()
    extensions: Mapping[str, ExtensionSupport] = field(default_factory=dict)


@dataclass(frozen=True)
class FlaskSeries:
    """One series of releases, such as 3.1, and all that was measured to work with it."""

    name: str
    tested: str
    """The release that the lock holds: the newest that the tests ran with."""
    releases: tuple[str, ...]
    """Every one there is, oldest first, pre-releases included."""
    upstream: Upstream
    yanked: Mapping[str, str]
    """Reasons by release."""
    broken: Mapping[str, str]
    """What fails, by release, if no versions of its dependencies fix it."""
    traits: frozenset[str]
    pythons: PythonRange
    core: tuple[CoreBound, ...]
    base: tuple[str, ...]
    """What every project requires beside Flask."""
    dev: tuple[str, ...]
    environment: tuple[str, ...]
    """What every virtual environment holds without the project requiring it: pip."""
    extensions: Mapping[str, ExtensionSupport]
    exceptions: tuple[ReleaseException, ...] = ()

    @property
    def conditions(self) -> frozenset[str]:
        """Every trait that requirements of its extensions depend on."""
        return frozenset().union(*(one for support in self.extensions.values() for one in support.beside))

    def replacement(self, extension: str) -> str | None:
        """Return what the series has in the place of a requested extension; None if nothing."""
        support = self.extensions[extension]
        return support.replaced and "; ".join(filter(None, (support.replaced, support.instead)))

    def lacks(self, extension: str) -> str | None:
        """Return why the series cannot have an extension's packages; None if it can."""
        support = self.extensions[extension]
        return support.unsupported or support.replaced

    def for_python(self, python: str) -> FlaskSeries:
        """Return the series without the extensions that need a newer Python than this, such as ``3.10``."""
        extensions = {
            name: ExtensionSupport(unsupported=bound.reason, minimum=bound)
            for name, support in self.extensions.items()
            if (bound := support.minimum) and version_numbers(python) < version_numbers(bound.version)
        }
        return replace(self, extensions={**self.extensions, **extensions}) if extensions else self

    def for_release(self, version: str) -> FlaskSeries:
        """Return the series as it is for one release: with the exceptions that name it."""
        series = self
        for exception in self.exceptions:
            if version in exception.releases:
                series = _apply(exception, series)
        return series


def _apply(exception: ReleaseException, series: FlaskSeries) -> FlaskSeries:
    core = {bound.name: bound for bound in (*series.core, *exception.core)}
    pythons = series.pythons
    if exception.maximum:
        pythons = PythonRange(pythons.minimum, exception.maximum, newer_tried=False)
    return replace(
        series,
        traits=series.traits | exception.traits,
        pythons=pythons,
        core=tuple(core.values()),
        extensions={**series.extensions, **exception.extensions},
    )


def parse_series(text: str, *, source: str) -> FlaskSeries:
    """Read one series' TOML; ``source`` is the file's name for messages. Raises TemplateDefect."""
    table = read_template_table(text, source)
    requirements, upstream = table.table("requirements"), table.table("upstream")
    series = FlaskSeries(
        name=table.text("series"),
        tested=table.text("tested"),
        releases=table.texts("releases"),
        upstream=Upstream(
            supported=upstream.get("supported", bool),
            note=upstream.text("note"),
            released=upstream.text("released"),
        ),
        yanked=table.optional("yanked").all_texts(),
        broken=table.optional("broken").all_texts(),
        traits=frozenset(table.texts("traits")),
        pythons=_parse_pythons(table.table("pythons")),
        core=_parse_core(table.table("core")),
        base=requirements.texts("base"),
        dev=requirements.texts("dev"),
        environment=requirements.texts("environment"),
        extensions=_parse_extensions(table.table("extensions")),
        exceptions=tuple(_parse_exception(row) for row in table.tables("exceptions")),
    )
    _check_releases(series, table)
    return series


def _check_releases(series: FlaskSeries, table: Table) -> None:
    excepted = {release for exception in series.exceptions for release in exception.releases}
    named = {
        "tested": {series.tested},
        "yanked": {*series.yanked},
        "broken": {*series.broken},
        "exceptions": excepted,
    }
    for key, releases in named.items():
        if unknown := releases - {*series.releases}:
            raise table.defect(key, f"of {min(unknown)}, which is not among the releases")


def _parse_pythons(table: Table) -> PythonRange:
    minimum, maximum = _parse_bound(table.table("minimum")), _parse_bound(table.table("maximum"))
    newer = table.choice("newer", ("tried", "refused"))
    return PythonRange(minimum, maximum, newer_tried=newer == "tried")


def _parse_bound(table: Table) -> PythonBound:
    of = table.choice("of", ("flask", "project"), "flask")
    return PythonBound(table.text("version"), table.text("reason"), of_project=of == "project")


def _parse_core(table: Table) -> tuple[CoreBound, ...]:
    return tuple(_parse_core_bound(name, table.table(name)) for name in table.keys)


def _parse_core_bound(name: str, row: Table) -> CoreBound:
    beyond = row.choice("beyond", ("fails", "unknown"), "unknown")
    if "<" not in row.text("bounds"):
        raise row.defect("bounds", "without an upper bound")
    older = None
    if "older_pythons" in row.keys:
        values = row.table("older_pythons")
        older = OlderPythons(values.text("below"), values.text("bounds"), values.text("reason"))
    return CoreBound(
        name,
        row.text("bounds"),
        row.text("reason"),
        fails_beyond=beyond == "fails",
        older_pythons=older,
    )


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
        dev=row.texts("dev", ()),
        minimum=_parse_bound(row.table("minimum")) if "minimum" in row.keys else None,
    )


def _parse_exception(table: Table) -> ReleaseException:
    return ReleaseException(
        releases=frozenset(table.texts("releases")),
        traits=frozenset(table.texts("traits", ())),
        maximum=_parse_bound(table.table("maximum")) if "maximum" in table.keys else None,
        core=_parse_core(table.optional("core")),
        extensions=_parse_extensions(table.optional("extensions")),
    )
