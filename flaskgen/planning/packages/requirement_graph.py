"""Who requires whom among what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion

from flaskgen.planning.packages.installed import InstalledDistribution
from flaskgen.planning.packages.pins import normalized

_LENIENT = re.compile(r"\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<extras>\[[^]]*\])?[^;]*(?P<marker>;.*)?")


class Unmet(NamedTuple):
    """A requirement that the environment does not fulfil."""

    requirer: str
    """``flask 3.1.3``"""
    requirement: str
    """``werkzeug>=3.1``"""
    found: str | None
    """The version that is there instead; None if there is none."""


class RequirementGraph(NamedTuple):
    """The edges between installed distributions, by normalised name."""

    requires: Mapping[str, frozenset[str]]
    unmet: tuple[Unmet, ...]

    def requirers(self, name: str) -> frozenset[str]:
        """Name the installed distributions that require ``name``, itself not counted."""
        return frozenset(other for other, names in self.requires.items() if name in names and other != name)

    def within(self, names: frozenset[str]) -> RequirementGraph:
        """Return the part of the graph that lies between ``names``."""
        requires = {name: targets & names for name, targets in self.requires.items() if name in names}
        return RequirementGraph(requires, self.unmet)

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """Return all that is reached from ``names``, themselves included, as far as it is installed."""
        reached: set[str] = set()
        waiting = [name for name in names if name in self.requires]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self.requires[name])
        return frozenset(reached)

    def sources(self, names: frozenset[str]) -> tuple[str, ...]:
        """Return the fewest of ``names`` that reach all the others; of a cycle, the first by name."""
        chosen: list[str] = []
        unreached = set(names)
        for name in sorted(names, key=lambda name: (bool(self.requirers(name) & names), name)):
            above = (other for other in names if name in self.closure([other]))
            if name in unreached and self.closure([name]).issuperset(above):
                chosen.append(name)
                unreached -= self.closure([name])
        return tuple(sorted(chosen))


def build_graph(
    installed: Mapping[str, InstalledDistribution],
    *,
    roots: Sequence[Requirement],
    markers: Mapping[str, str],
) -> RequirementGraph:
    """Evaluate every requirement for the environment that ``markers`` describe.

    An extra counts where something asks for it: a root, or another requirement (``flask[async]``).
    """
    requirements = {
        name: [one for text in found.requires if (one := parse_requirement(text))]
        for name, found in installed.items()
    }
    edges: dict[str, set[str]] = {name: set() for name in installed}
    unmet: dict[Unmet, None] = {}
    waiting = [(name, "") for name in installed]
    waiting += [(normalized(root.name), extra) for root in roots for extra in root.extras]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = waiting.pop(0)
        if (name, extra) in seen or name not in installed:
            continue
        seen.add((name, extra))
        for requirement in requirements[name]:
            if not applies(requirement, markers, extra=extra):
                continue
            target = normalized(requirement.name)
            waiting.extend((target, wanted) for wanted in requirement.extras)
            if target in installed:
                edges[name].add(target)
            found = installed.get(target)
            if not fulfilled(requirement, found):
                requirer = f"{name} {installed[name].version}"
                unmet[Unmet(requirer, shown(requirement), found.version if found else None)] = None
    return RequirementGraph({name: frozenset(names) for name, names in edges.items()}, tuple(unmet))


def parse_requirement(text: str) -> Requirement | None:
    """Read a requirement; of one with a specifier that is no longer valid (``pytz (>dev)``), all but that.

    None if not even a name can be read.
    """
    try:
        return Requirement(text)
    except InvalidRequirement:
        found = _LENIENT.fullmatch(text)
    if not found:
        return None
    try:
        return Requirement(f"{found['name']}{found['extras'] or ''} {found['marker'] or ''}")
    except InvalidRequirement:
        return None


def applies(requirement: Requirement, markers: Mapping[str, str], *, extra: str = "") -> bool:
    """Return whether a requirement counts in that environment, when ``extra`` is asked for."""
    if requirement.marker is None:
        return not extra
    return requirement.marker.evaluate({**markers, "extra": extra})


def fulfilled(requirement: Requirement, found: InstalledDistribution | None) -> bool:
    """Return whether what is installed is what is required; a version that cannot be compared passes."""
    if found is None:
        return False
    if requirement.url or not requirement.specifier:
        return True
    try:
        return requirement.specifier.contains(found.version, prereleases=True)
    except InvalidVersion:
        return True


def shown(requirement: Requirement) -> str:
    """Write a requirement without its marker: ``werkzeug>=3.1``."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    source = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    return f"{requirement.name}{extras}{source}"
