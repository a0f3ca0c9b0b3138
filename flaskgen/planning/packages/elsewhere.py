"""Requirements that are not installed here, but elsewhere: by their marker, or as tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from packaging.requirements import Requirement

from flaskgen.planning.packages.freeze import Frozen
from flaskgen.planning.packages.installed import applies
from flaskgen.planning.packages.pins import DEV_LABEL, Pin, normalized

OLDEST_PYTHON = "3.8"
"""The oldest one that flaskgen knows; a marker can ask for one that is older than the environment's."""


def is_of_a_python(root: Requirement) -> bool:
    """Return whether the marker of a requirement asks for versions of Python."""
    return "python_" in str(root.marker).replace("platform_python_implementation", "")


class PinsElsewhere(NamedTuple):
    """The pins of one requirements file for other platforms and Pythons: each has a marker."""

    label: str
    roots: tuple[Requirement, ...]
    pins: tuple[Pin, ...]

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """The direct requirements that have no pin."""
        return tuple(root for root in self.roots if not any(_is_for(pin, root) for pin in self.pins))


def keep_pins(
    label: str, roots: Iterable[Requirement], markers: Mapping[str, str], frozen: Iterable[Pin]
) -> PinsElsewhere:
    """Return the pins of a requirements file that ``roots`` still ask for, and what these require.

    Those that count in the environment which ``markers`` describe are not among its roots.
    """
    elsewhere = tuple(root for root in roots if not applies(root, markers))
    return PinsElsewhere(label, elsewhere, _closure(label, elsewhere, [pin for pin in frozen if pin.marker]))


def keep_tools(frozen: Frozen, roots: Sequence[Requirement], before: Iterable[Pin]) -> Frozen:
    """Keep the pins ``before`` of those tools that are not installed, and of what these require."""
    there = {pin.name for pin in frozen.pins}
    absent = [root for root in roots if normalized(root.name) not in there]
    kept = (pin for pin in _closure(DEV_LABEL, absent, list(before)) if pin.name not in there)
    return frozen._replace(dev=(*frozen.dev, *kept))


def _closure(label: str, roots: Sequence[Requirement], pins: Sequence[Pin]) -> tuple[Pin, ...]:
    kept = [pin for pin in pins if label in pin.via and any(_is_for(pin, root) for root in roots)]
    for pin in kept:  # which grows meanwhile
        kept += [other for other in pins if pin.name in other.via and other not in kept]
    return tuple(kept)


def take_pins(label: str, roots: Sequence[Requirement], resolved: Iterable[Pin]) -> PinsElsewhere:
    """Return the pins of a universal resolution of ``roots``, under the markers that a person wrote."""
    pins = tuple(resolved)
    names = {normalized(root.name): root for root in roots}
    several = {pin.name for pin in pins if sum(other.name == pin.name for other in pins) > 1}
    taken = []
    for pin in pins:
        via = {requirer for requirer in pin.via if not requirer.startswith("-")}
        root = names.get(pin.name)
        if root is not None:
            via.add(label)
            if pin.name not in several and via == {label}:
                pin = pin._replace(marker=str(root.marker))
        if pin.marker:
            taken.append(pin._replace(via=tuple(sorted(via))))
    return PinsElsewhere(label, tuple(roots), tuple(taken))


def _is_for(pin: Pin, root: Requirement) -> bool:
    return (
        pin.name == normalized(root.name)
        and (bool(pin.reference) or root.specifier.contains(pin.version, prereleases=True))
        # uv adds conditions where the platforms or Pythons need several versions.
        and _conditions(str(root.marker)) <= _conditions(pin.marker)
    )


_CONDITION = re.compile(r"([<>=!]=?|\bin\b|\bnot in\b) (\"[^\"]*\")")


def _conditions(marker: str) -> Set[tuple[str, str]]:
    return set(_CONDITION.findall(marker))


def join(frozen: Frozen, runtime: PinsElsewhere, dev: PinsElsewhere) -> Frozen:
    """Add the pins for elsewhere to those of what is installed, which hold everywhere without a marker."""
    everywhere = {pin.name for pin in frozen.pins if not pin.marker}
    runtime_pins = [pin for pin in runtime.pins if pin.name not in everywhere]
    known = {(pin.name, pin.version) for pin in runtime_pins}
    dev_pins = [pin for pin in dev.pins if not (pin.name in everywhere or (pin.name, pin.version) in known)]
    why = "is not pinned: it is not for this Python or platform, and could not be resolved"
    return frozen._replace(
        runtime=(*frozen.runtime, *runtime_pins),
        dev=(*frozen.dev, *dev_pins),
        warnings=(*frozen.warnings, *(f"`{root}` {why}" for root in (*runtime.missing, *dev.missing))),
    )
