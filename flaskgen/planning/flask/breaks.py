"""What is known to break old Flask projects: as values, and read from TOML."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from flaskgen.planning.tables import Table, read_template_table


class Stops(StrEnum):
    """How far a project gets that has the break."""

    INSTALLATION = "installation"
    START = "start"
    USE = "use"
    """It starts, and fails when the code runs."""


class Trial(NamedTuple):
    """Versions that were installed to see whether the break's code works with them."""

    python: str
    """``3.8``."""
    pins: tuple[str, ...]
    build: tuple[str, ...]
    """Constraints for what builds the packages that have no wheel."""


class Break(NamedTuple):
    """A change in a package, or in Python, after which something else no longer works."""

    id: str
    title: str
    """What happened, in one sentence without a full stop."""
    errors: tuple[str, ...]
    """The messages that it shows itself by; ``...`` stands for anything."""
    stops: Stops
    imports: tuple[str, ...]
    """Modules and names that the code imports: ``flask.ext`` means also everything in it."""
    code: tuple[str, ...]
    """Expressions in the code, as ``code_uses`` matches them; after ``@``, as a decorator."""
    at_import: bool
    """Whether such an expression breaks only outside functions and ``with`` blocks."""
    templates: tuple[str, ...]
    """Texts in templates."""
    when: tuple[Requirement, ...]
    """It needs all of these versions together."""
    without: tuple[str, ...]
    """It does not happen if one of these distributions is installed."""
    python: SpecifierSet
    """The Pythons on which it breaks."""
    pins: tuple[str, ...]
    """Versions with which it does not break; the code stays as it is."""
    build: tuple[str, ...]
    """Constraints for what builds packages, with which it does not break."""
    newer: tuple[str, ...]
    """Releases of the affected packages that work with today's versions."""
    change: str | None
    """What to write in the code."""
    moved: Mapping[str, str]
    """Where names and modules are now; ``flask.ext.*`` is ``flask_*``."""
    arguments: Mapping[str, Mapping[str, str]]
    """The new names of the arguments of functions."""
    source: str
    """Where the change is described, or "measured"."""
    works: Trial
    fails: Trial
    script: str
    """The code that works in the one environment and not in the other."""

    @property
    def in_code(self) -> bool:
        """Whether it depends on the project's own code, rather than on versions alone."""
        return bool(self.imports or self.code or self.templates)

    def is_about(self, distribution: str) -> bool:
        """Return whether it is a distribution's own, rather than of one that it depends on."""
        return bool(self.when) and canonicalize_name(self.when[0].name) == canonicalize_name(distribution)

    def affects(self, versions: Mapping[str, Version], python: Version | None) -> bool:
        """Return whether it can happen with these versions (by canonical name) on this Python.

        A package that is not among the versions is not installed; Python is None if any can be meant.
        """
        if any(canonicalize_name(name) in versions for name in self.without):
            return False
        if python is not None and str(self.python) and not self.python.contains(str(python)):
            return False
        found = [(one, versions.get(canonicalize_name(one.name))) for one in self.when]
        return all(
            version is not None and one.specifier.contains(version, prereleases=True)
            for one, version in found
        )

    def explains(self, text: str) -> bool:
        """Return whether a traceback or a message of a program has one of the errors."""
        return any(error_pattern(error).search(text) for error in self.errors)


class Unmaintained(NamedTuple):
    """A package that gets no releases any more."""

    name: str
    last: str
    """Its last release, with the year."""
    instead: str


class Breaks(NamedTuple):
    """All that is known."""

    rows: tuple[Break, ...]
    unmaintained: Mapping[str, Unmaintained]
    """By canonical name."""
    brought: tuple[tuple[Requirement, tuple[Requirement, ...]], ...]
    """What a package brings with it; of several rows for one, the first that fits its version counts."""
    families: tuple[frozenset[str], ...]
    """Canonical names of packages that move together."""

    def family_of(self, name: str) -> frozenset[str]:
        """Return the packages that move together with one, by canonical names, without itself."""
        return frozenset().union(*(one for one in self.families if name in one)) - {name}

    def explain(self, text: str) -> tuple[Break, ...]:
        """Return what can have led to a message or a traceback, which also says whose code it was."""
        found = [row for row in self.rows if row.explains(text)]
        frames = re.findall(r'File "([^"]+)", line \d+', text)
        package = re.search(r"(?:site|dist)-packages[/\\](\w+)", frames[-1]) if frames else None
        if package:
            better = [row for row in found if row.when and _module(row.when[0].name) == package[1].lower()]
        else:
            better = [row for row in found if row.in_code and frames]
        return tuple(better or found)

    def install(
        self,
        wanted: Mapping[str, SpecifierSet | None],
        constraints: Mapping[str, SpecifierSet] | None = None,
    ) -> dict[str, Version]:
        """Return the versions that pip installs for requirements, by name, with those that they bring.

        It is the newest that each allows; a requirement is None if it says nothing of versions, as an URL.
        """
        bounds = constraints or {}

        def newest(name: str, allowed: SpecifierSet) -> Version:
            return newest_allowed(allowed & bounds.get(name, SpecifierSet()))

        versions = {name: newest(name, allowed) for name, allowed in wanted.items() if allowed is not None}
        waiting = list(versions)
        while waiting:
            name = waiting.pop()
            for requirement in self._brought_by(name, versions[name]):
                brought = canonicalize_name(requirement.name)
                if brought not in wanted and brought not in versions:
                    versions[brought] = newest(brought, requirement.specifier)
                    waiting.append(brought)
        return versions

    def _brought_by(self, name: str, version: Version) -> tuple[Requirement, ...]:
        for of, brought in self.brought:
            if canonicalize_name(of.name) == name and of.specifier.contains(version, prereleases=True):
                return brought
        return ()


def _module(distribution: str) -> str:
    return canonicalize_name(distribution).replace("-", "_")


NEWEST = "99999"
"""Stands for a part of the newest version that there is or will be."""


def newest_allowed(specifier: SpecifierSet) -> Version:
    """Return a version that stands for the newest that a specifier allows.

    That is just below its lowest upper bound: 1.99999 for ``<2``. No list of releases is needed.
    """
    return min((_below(one.operator, one.version) for one in specifier), default=Version(NEWEST))


def _below(operator: str, text: str) -> Version:
    if operator in ("==", "===", "<=") and not text.endswith(".*"):
        return Version(text)
    release = [int(part) for part in re.findall(r"\d+", text.split("+")[0])]
    if operator == "==":
        return Version(".".join(map(str, [*release, NEWEST])))
    if operator == "~=":
        return Version(".".join(map(str, [*release[:-1], NEWEST])))
    if operator != "<":
        return Version(NEWEST)
    while release[-1] == 0 and len(release) > 1:
        release.pop()
    return Version(".".join(map(str, [*release[:-1], max(release[-1] - 1, 0), NEWEST])))


def error_pattern(error: str) -> re.Pattern[str]:
    """Return what finds a message, whatever its quotes and line breaks are."""
    parts = (re.escape(part).replace("'", r"[^\w\s]?") for part in error.split("..."))
    return re.compile(r"\S*?".join(re.sub(r"(\\ )+", r"\\s+", part) for part in parts) + r"(?!\.?\w)")


def parse_breaks(text: str, *, source: str) -> Breaks:
    """Read the TOML of the breaks; ``source`` is the file's name for messages. Raises TemplateDefect."""
    table = read_template_table(text, source)
    _check_keys(table, {"breaks", "unmaintained", "brought", "together"})
    rows = tuple(_parse_break(row) for row in table.tables("breaks"))
    ids = [row.id for row in rows]
    if repeated := next((one for one in ids if ids.count(one) > 1), None):
        raise table.defect("breaks", f"not unambiguous: {repeated} is there twice")
    together = table.optional("together")
    return Breaks(
        rows,
        unmaintained=dict(_parse_unmaintained(table.optional("unmaintained"))),
        brought=tuple(_parse_brought(table.optional("brought"))),
        families=tuple(frozenset(map(canonicalize_name, together.texts(key))) for key in together.keys),
    )


def _parse_break(row: Table) -> Break:
    _check_keys(row, Break._fields)
    arguments = row.optional("arguments")
    parsed = Break(
        id=row.text("id"),
        title=row.text("title"),
        errors=row.texts("errors", ()),
        stops=Stops(row.choice("stops", [*Stops])),
        imports=row.texts("imports", ()),
        code=_expressions(row, "code"),
        at_import="at_import" in row.keys and row.get("at_import", bool),
        templates=row.texts("templates", ()),
        when=_requirements(row, "when"),
        without=row.texts("without", ()),
        python=_parse_python(row),
        pins=_checked(row, "pins"),
        build=_checked(row, "build"),
        newer=_checked(row, "newer"),
        change=row.text("change") if "change" in row.keys else None,
        moved=row.optional("moved").all_texts(),
        arguments={call: arguments.table(call).all_texts() for call in arguments.keys},
        source=row.text("source"),
        works=_parse_trial(row.table("works")),
        fails=_parse_trial(row.table("fails")),
        script=row.text("script"),
    )
    if not (parsed.when or str(parsed.python)):
        raise row.defect("when", "missing, and so is `python`: nothing says where it breaks")
    if not (parsed.pins or parsed.build or parsed.newer or parsed.change):
        raise row.defect("pins", "missing, and so is every other way out")
    return parsed


def _check_keys(table: Table, known: Iterable[str]) -> None:
    for key in table.keys:
        if key not in known:
            raise table.defect(key, "unknown")


def _parse_python(row: Table) -> SpecifierSet:
    try:
        return SpecifierSet(row.text("python") if "python" in row.keys else "")
    except InvalidSpecifier as error:
        raise row.defect("python", "not a version specifier") from error


def _expressions(row: Table, key: str) -> tuple[str, ...]:
    for text in row.texts(key, ()):
        try:
            ast.parse(text.removeprefix("@"), mode="eval")
        except SyntaxError as error:
            raise row.defect(key, f"not a list of expressions: {text}") from error
    return row.texts(key, ())


def _requirements(row: Table, key: str) -> tuple[Requirement, ...]:
    try:
        return tuple(map(Requirement, row.texts(key, ())))
    except InvalidRequirement as error:
        raise row.defect(key, f"not a list of requirements: {error}") from error


def _checked(row: Table, key: str) -> tuple[str, ...]:
    _requirements(row, key)
    return row.texts(key, ())


def _parse_trial(table: Table) -> Trial:
    _check_keys(table, Trial._fields)
    return Trial(table.text("python"), _checked(table, "pins"), _checked(table, "build"))


def _parse_brought(table: Table) -> Iterator[tuple[Requirement, tuple[Requirement, ...]]]:
    for text in table.keys:
        try:
            yield Requirement(text), _requirements(table, text)
        except InvalidRequirement as error:
            raise table.defect(text, "not a requirement") from error


def _parse_unmaintained(table: Table) -> Iterator[tuple[str, Unmaintained]]:
    for name in table.keys:
        row = table.table(name)
        _check_keys(row, ("last", "instead"))
        yield canonicalize_name(name), Unmaintained(name, row.text("last"), row.text("instead"))
