"""What is tried of a project's requirements: on which Python, up to which day, and with which changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.version import Version

from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.foreign.requirements import Declared, Requirements
from flaskgen.planning.packages.pins import Pin, names_of, normalized, parse_version

_BUILD_TOOLS = ("wheel<0.38", "cython<3")
_NEWER_TOOLS = "2022"


def build_tools(python: Interpreter, until: str) -> tuple[str, ...]:
    """Return constraints for what builds packages of a time.

    setuptools 46 dropped ``Feature``, and 58 ``use_2to3``; newer Pythons only run newer ones.
    """
    on = Version(python.minor)
    if until >= _NEWER_TOOLS or on >= Version("3.12"):
        return ()
    before_46 = "" < until < "2020-03-08" and on < Version("3.10")
    return ("setuptools<46" if before_46 else "setuptools<58", *_BUILD_TOOLS)


class Kind(StrEnum):
    """What became of a requirement."""

    LOOSENED = "loosened"
    BOUNDED = "bounded"
    REPLACED = "replaced"
    DROPPED = "dropped"
    ADDED = "added"
    WHEEL = "with a wheel"


class Change(NamedTuple):
    """What is required instead of what the project declares."""

    kind: Kind
    line: str
    """Empty for what was dropped."""
    reason: str

    @property
    def package(self) -> str:
        """The normalised name of what is required; empty for what was dropped."""
        return normalized(Requirement(self.line).name) if self.line else ""


class Candidate(NamedTuple):
    """A set of requirements for a Python."""

    python: Interpreter
    until: str
    """The day up to which packages are taken that are not pinned; empty for any."""
    changes: Mapping[str, Change] = {}
    """By normalised name."""
    constraints: tuple[str, ...] = ()
    loosened: bool = False
    """Whether all pins are, within their major version."""
    build: tuple[str, ...] = ()
    """Constraints for what builds packages without a wheel."""
    preferences: tuple[Pin, ...] = ()
    """Versions that are kept as far as they fit."""
    wheels: frozenset[str] = frozenset()
    """What is not compiled: only releases with a wheel are taken."""
    undated: frozenset[str] = frozenset()
    """What is taken from any day, since the index has nothing that is old enough."""

    def requirements(self, wanted: Requirements) -> tuple[str, ...]:
        """Return the lines to install; markers say which of several versions the Python needs."""
        every = (*wanted.declared, *wanted.elsewhere)
        kept = [str(one.requirement) for one in every if one.name not in self.changes]
        return (*kept, *(change.line for change in self.changes.values() if change.line))

    def within(self, constraints: Iterable[Declared]) -> list[str]:
        """Return the project's constraints as far as they hold: pins are loosened with all others."""
        kept = [one for one in constraints if one.name not in self.changes]
        return [
            loosen(one, "").line if self.loosened and one.version else str(one.requirement) for one in kept
        ]

    def exempt(self, declared: Iterable[Declared]) -> frozenset[str]:
        """Return the packages that are taken from any day: what is pinned, and what replaces that."""
        pinned = {one.name for one in declared if one.version}
        changed = {
            change.package
            for name, change in self.changes.items()
            if (change.kind is Kind.REPLACED and change.package != name)
            or (change.line and Requirement(change.line).specifier)
        }
        return frozenset(pinned | changed | self.undated)

    @property
    def on(self) -> Version:
        """The minor version of its Python."""
        return Version(self.python.minor)

    def built_with(self, tools: Sequence[str]) -> Candidate:
        """Return it with other constraints for these build tools."""
        named = names_of(map(Requirement, tools))
        kept = (tool for tool in self.build if Requirement(tool).name not in named)
        return self._replace(build=(*kept, *tools))

    def changed(self, changes: Iterable[tuple[str, Change]]) -> Candidate:
        return self._replace(changes={**self.changes, **dict(changes)})


def loosen(declared: Declared, reason: str, *, further: bool = False) -> Change:
    """Return a pin as a lower bound, within its major version unless it may go ``further``."""
    assert declared.version is not None  # noqa: S101 - its callers have looked
    parsed = parse_version(declared.version)
    upper = f",<{parsed.major + 1}" if parsed and not further else ""
    own = None if declared.forked else declared.requirement.marker
    line = at_least(with_extras(declared.requirement), declared.version) + upper
    return Change(Kind.LOOSENED, line + (f" ; {own}" if own else ""), reason)


def at_least(name: str, version: str) -> str:
    """Return a requirement of at least a version, without its local label, such as ``+cu101``."""
    parsed = parse_version(version)
    return f"{name}>={parsed.public}" if parsed else name


def with_extras(requirement: Requirement) -> str:
    """Return what is required, in any version: ``celery[redis]``."""
    extras = ",".join(sorted(requirement.extras))
    return requirement.name + (f"[{extras}]" if extras else "")


def versions_of(pins: Iterable[Pin]) -> dict[str, Version]:
    """Return the versions of pins, without those that are none."""
    parsed = ((pin.name, parse_version(pin.version)) for pin in pins)
    return {name: version for name, version in parsed if version}
