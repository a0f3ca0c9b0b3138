"""What is known to break old Flask projects: as values, and read from TOML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

import tomli
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


class Stops(StrEnum):
    """How far a project gets that has the break."""

    INSTALLATION = "installation"
    START = "start"
    USE = "use"
    """It starts, and fails when the code runs."""


class Break(NamedTuple):
    """A change in a package, or in Python, after which something else no longer works."""

    id: str
    title: str
    """What happened, in one sentence without a full stop."""
    stops: Stops
    source: str
    """Where the change is described, or "measured"."""
    when: tuple[Requirement, ...]
    """It needs all of these versions together."""
    python: SpecifierSet
    """The Pythons on which it breaks."""
    errors: tuple[str, ...] = ()
    """The messages that it shows itself by; ``...`` stands for anything."""
    imports: tuple[str, ...] = ()
    """Modules and names that the code imports: ``flask.ext`` means also everything in it."""
    code: tuple[str, ...] = ()
    """Expressions in the code, as ``code_uses`` matches them; after ``@``, as a decorator."""
    but_not: tuple[str, ...] = ()
    """Expressions that are right, although those above fit as well."""
    at_import: bool = False
    """Whether such an expression breaks only outside functions and ``with`` blocks."""
    templates: tuple[str, ...] = ()
    """Texts in templates."""
    without: tuple[str, ...] = ()
    """It does not happen if one of these distributions is installed."""
    pins: tuple[str, ...] = ()
    """Versions with which it does not break; the code stays as it is."""
    build: tuple[str, ...] = ()
    """Constraints for what builds packages, with which it does not break."""
    newer: tuple[str, ...] = ()
    """Releases of the affected packages that work with today's versions."""
    change: str | None = None
    """What to write in the code."""
    of_older: bool = False
    """Whether it only harms what older versions made or ran: such code is as right as any."""
    moved: Mapping[str, str] = {}
    """Where names and modules are now; ``flask.ext.*`` is ``flask_*``."""
    arguments: Mapping[str, Mapping[str, str]] = {}
    """The new names of the arguments of functions."""

    @property
    def in_code(self) -> bool:
        """Whether it depends on the project's own code, rather than on versions alone."""
        return bool(self.imports or self.code or self.templates)

    def is_about(self, distribution: str) -> bool:
        """Return whether it is a distribution's own, rather than of one that it depends on."""
        return bool(self.when) and canonicalize_name(self.when[0].name) == canonicalize_name(distribution)

    def allows_older(self, requirement: SpecifierSet) -> bool:
        """Return whether a requirement of its package also allows versions with which it does not break."""
        older = requirement & Requirement(self.pins[0]).specifier
        return newest_allowed(older) in older

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
    tried_by: Mapping[str, frozenset[str]]
    """What a package imports if it is installed, by canonical names."""
    last: Mapping[Version, Mapping[str, Version]]
    """The last releases for a Python and those before it, by canonical name: others have newer ones."""

    def family_of(self, name: str) -> frozenset[str]:
        """Return the packages that move together with one, by canonical names, without itself."""
        return frozenset().union(*(one for one in self.families if name in one)) - {name}

    def explain(self, text: str) -> tuple[Break, ...]:
        """Return what can have led to a message or a traceback, which also says whose code it was."""
        found = [row for row in self.rows if row.explains(text)]
        frames = re.findall(r'File "([^"]+)", line \d+', text)
        package = re.search(r"(?:site|dist)-packages[/\\](\w+)", frames[-1]) if frames else None
        if package:
            better = [row for row in found if row.is_about(package[1])]
        else:
            better = [row for row in found if row.in_code and frames]
        return tuple(better or found)

    def install(
        self,
        wanted: Mapping[str, SpecifierSet | None],
        constraints: Mapping[str, SpecifierSet] | None = None,
        python: Version | None = None,
    ) -> dict[str, Version]:
        """Return the versions that pip installs for requirements, by name, with those that they bring.

        It is the newest that each allows on a Python, and that brings nothing which another one excludes. A
        requirement is None if it says nothing of versions, as an URL.
        """
        later = (one for one in sorted(self.last) if python and python.release[:2] <= one.release)
        last = next((self.last[one] for one in later), {})
        bounds = constraints or {}
        none = SpecifierSet()

        def newest(name: str, allowed: SpecifierSet) -> Version:
            allowed &= bounds.get(name, none)
            found, of_python = newest_allowed(allowed), last.get(name)
            return of_python if of_python and of_python < found and of_python in allowed else found

        def is_excluded(brought: Requirement) -> bool:
            name = canonicalize_name(brought.name)
            allowed = (wanted.get(name) or none) & brought.specifier
            return newest(name, allowed) not in allowed

        def fitting(name: str, allowed: SpecifierSet) -> Version:
            version = newest(name, allowed)
            of, brought = self._brought_by(name, version)
            for floor in (one.version for one in of.specifier if one.operator == ">="):
                older = allowed & SpecifierSet(f"<{floor}")
                if any(map(is_excluded, brought)) and newest(name, older) in older:
                    return fitting(name, older)
            return version

        versions: dict[str, Version] = {}
        waiting = [(name, allowed) for name, allowed in wanted.items() if allowed is not None]
        while waiting:
            name, allowed = waiting.pop()
            version = fitting(name, allowed)
            if version not in allowed or version >= versions.get(name, _ANY_NEWER):
                continue
            versions[name] = version
            for brought in self._brought_by(name, version)[1]:
                own = wanted.get(key := canonicalize_name(brought.name), none)
                if own is not None:
                    waiting.append((key, own & brought.specifier))
        return versions

    def imported_by(self, names: Iterable[str], versions: Mapping[str, Version]) -> frozenset[str]:
        """Return some packages, and those of the installed ones that they import, by canonical names."""
        found: set[str] = set()
        waiting: list[str] = [canonicalize_name(name) for name in names]
        while waiting:
            name = waiting.pop()
            if name not in found and name in versions:
                found.add(name)
                _, brought = self._brought_by(name, versions[name])
                waiting += (canonicalize_name(one.name) for one in brought)
                waiting += self.tried_by.get(name, ())
        return frozenset(found)

    def _brought_by(self, name: str, version: Version) -> tuple[Requirement, tuple[Requirement, ...]]:
        """Return what a version brings, and of which versions that is known."""
        for of, brought in self.brought:
            if canonicalize_name(of.name) == name and of.specifier.contains(version, prereleases=True):
                return of, brought
        return Requirement(name), ()


_TRIALS = ("works", "fails", "script")
"""Keys of a row that only those who try it read."""
NEWEST = "99999"
"""Stands for a part of the newest version that there is or will be."""
_ANY_NEWER = Version(f"{NEWEST}.1")


def newest_allowed(specifier: SpecifierSet) -> Version:
    """Return a version that stands for the newest that a specifier allows.

    That is just below its lowest upper bound: 1.99999 for ``<2``. No list of releases is needed.
    """
    return min((_below(one.operator, one.version) for one in specifier), default=Version(NEWEST))


def _below(operator: str, text: str) -> Version:
    if operator in ("==", "===", "<=") and not text.endswith(".*"):
        with suppress(InvalidVersion):  # of what only ``===`` can name
            return Version(text)
    release = [int(part) for part in re.findall(r"\d+", text.split("+")[0])]
    if operator == "<":
        while release[-1] == 0 and len(release) > 1:
            release.pop()
        release[-1] = max(release[-1] - 1, 0)
    elif operator == "~=":
        release.pop()
    elif operator != "==":
        release = []
    return Version(".".join(map(str, [*release, NEWEST])))


def error_pattern(error: str) -> re.Pattern[str]:
    """Return what finds a message, whatever its quotes and line breaks are.

    Python 3.6 does not say from where a name could not be imported.
    """
    parts = (re.escape(part).replace("'", r"[^\w\s]?") for part in error.split("..."))
    pattern = r"\S*?".join(re.sub(r"(\\ )+", r"\\s+", part) for part in parts) + r"(?!\.?\w)"
    name, said_from, module = pattern.partition(r"\s+from\s+")
    if said_from and error.startswith("cannot import name"):
        pattern = f"{name}(?:{said_from}{module}|\\s*$)"
    return re.compile(pattern, re.MULTILINE)


def parse_breaks(text: str) -> Breaks:
    """Read the TOML of the breaks, which ships with flaskgen: that it is right is for the tests to say."""
    data = tomli.loads(text)
    return Breaks(
        rows=tuple(map(_read_break, data["breaks"])),
        unmaintained={
            canonicalize_name(name): Unmaintained(name, **row) for name, row in data["unmaintained"].items()
        },
        brought=tuple(
            (Requirement(of), tuple(map(Requirement, them))) for of, them in data["brought"].items()
        ),
        families=tuple(frozenset(map(canonicalize_name, names)) for names in data["together"].values()),
        tried_by={
            canonicalize_name(name): frozenset(map(canonicalize_name, them))
            for name, them in data.get("tries", {}).items()
        },
        last={
            Version(python): {canonicalize_name(name): Version(text) for name, text in releases.items()}
            for python, releases in data.get("last", {}).items()
        },
    )


def _read_break(row: Mapping[str, Any]) -> Break:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
        if key not in _TRIALS
    }
    read = {
        "stops": Stops(row["stops"]),
        "when": tuple(map(Requirement, row.get("when", ()))),
        "python": SpecifierSet(row.get("python", "")),
    }
    return Break(**given | read)
