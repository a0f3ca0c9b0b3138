"""What works with a series of Flask, and with each release in it: as values, and read from TOML."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any, NamedTuple

import tomli

from flaskgen.errors import TemplateDefect
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.tables import Table


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


class ExtensionSupport(NamedTuple):
    """What one extension needs on a series, or why it cannot be had there."""

    requirements: tuple[str, ...] = ()
    beside: Mapping[frozenset[str], tuple[str, ...]] = {}
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


class ReleaseException(NamedTuple):
    """What holds for some releases of a series instead of what the series says."""

    releases: frozenset[str]
    traits: frozenset[str] = frozenset()
    """Traits beside the series'."""
    maximum: PythonBound | None = None
    """A firm newest Python."""
    core: tuple[CoreBound, ...] = ()
    extensions: Mapping[str, ExtensionSupport] = {}


class FlaskSeries(NamedTuple):
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
        return self._replace(extensions={**self.extensions, **extensions}) if extensions else self

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
    return series._replace(
        traits=series.traits | exception.traits,
        pythons=pythons,
        core=tuple(core.values()),
        extensions={**series.extensions, **exception.extensions},
    )


def parse_series(text: str) -> FlaskSeries:
    """Read one series' TOML, which ships with flaskgen: that it is right is for the tests to say."""
    data = tomli.loads(text)
    pythons = data["pythons"]
    return FlaskSeries(
        name=data["series"],
        tested=data["tested"],
        releases=tuple(data["releases"]),
        upstream=Upstream(**data["upstream"]),
        yanked=data.get("yanked", {}),
        broken=data.get("broken", {}),
        traits=frozenset(data["traits"]),
        pythons=PythonRange(
            PythonBound(**pythons["minimum"]), PythonBound(**pythons["maximum"]), pythons["newer_tried"]
        ),
        core=_read_core(data["core"]),
        base=tuple(data["requirements"]["base"]),
        dev=tuple(data["requirements"]["dev"]),
        environment=tuple(data["requirements"]["environment"]),
        extensions=_read_extensions(data["extensions"]),
        exceptions=tuple(map(_read_exception, data.get("exceptions", ()))),
    )


_Rows = Mapping[str, Mapping[str, Any]]


def _read_core(rows: _Rows) -> tuple[CoreBound, ...]:
    return tuple(_core_bound(name, **row) for name, row in rows.items())


def _core_bound(name: str, *, older_pythons: Mapping[str, str] | None = None, **row: Any) -> CoreBound:
    return CoreBound(name, **row, older_pythons=OlderPythons(**older_pythons) if older_pythons else None)


def _read_extensions(rows: _Rows) -> dict[str, ExtensionSupport]:
    def defect(key: str, what: str) -> TemplateDefect:
        return TemplateDefect(f"`{key}` is {what}")

    return {name: parse_support(Table(row, defect, f"extensions.{name}.")) for name, row in rows.items()}


def _read_exception(row: Mapping[str, Any]) -> ReleaseException:
    return ReleaseException(
        releases=frozenset(row["releases"]),
        traits=frozenset(row.get("traits", ())),
        maximum=PythonBound(**row["maximum"]) if "maximum" in row else None,
        core=_read_core(row.get("core", {})),
        extensions=_read_extensions(row.get("extensions", {})),
    )


def parse_support(row: Table) -> ExtensionSupport:
    """Read what an extension needs. Raises the error of a table that is wrong."""
    row.check_keys(("requirements", "dev", "with", "minimum", "unsupported", "replaced", "instead"))
    if "unsupported" in row.keys:
        return ExtensionSupport(unsupported=row.text("unsupported"))
    if "replaced" in row.keys:
        instead = row.text("instead") if "instead" in row.keys else None
        return ExtensionSupport(replaced=row.text("replaced"), instead=instead)
    conditions = row.optional("with")
    for traits in conditions.keys:
        conditions.table(traits).check_keys(("requirements",))
    return ExtensionSupport(
        requirements=row.texts("requirements"),
        beside={
            frozenset(traits.split("+")): conditions.table(traits).texts("requirements")
            for traits in conditions.keys
        },
        dev=row.texts("dev", ()),
        minimum=_read_minimum(row.table("minimum")) if "minimum" in row.keys else None,
    )


def _read_minimum(row: Table) -> PythonBound:
    row.check_keys(("version", "reason"))
    version = row.text("version")
    if not re.fullmatch(r"3\.\d{1,2}", version, re.ASCII):
        raise row.defect("version", f"`{version}`, which is not a Python version such as 3.11")
    return PythonBound(version, row.text("reason"))
