"""Sort what an installer resolved into the files of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packaging.requirements import Requirement

from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.lock import DEV_LABEL, RUNTIME_LABEL, PinSet
from flaskgen.planning.packages.pins import Pin, normalized


def split_resolution(pins: Sequence[Pin], requirements: DirectRequirements) -> PinSet:
    """Give the pins by file, as a lock would: ``via`` of each names packages, and labels for direct ones."""
    by_name = {pin.name: pin for pin in pins}
    requires: dict[str, list[str]] = {name: [] for name in by_name}
    for pin in pins:
        for requirer in pin.via:
            if requirer in requires:
                requires[requirer].append(pin.name)
    runtime = _closure(_names(requirements.runtime), requires)
    dev = _closure(_names(requirements.dev), requires) - runtime
    labels = {RUNTIME_LABEL: _names(requirements.runtime), DEV_LABEL: _names(requirements.dev)}

    def labelled(name: str) -> Pin:
        direct = [label for label, names in labels.items() if name in names]
        requirers = [requirer for requirer in by_name[name].via if requirer in by_name and requirer != name]
        return replace(by_name[name], via=tuple(sorted({*direct, *requirers})))

    return PinSet(
        runtime=tuple(labelled(name) for name in sorted(runtime)),
        dev=tuple(labelled(name) for name in sorted(dev)),
        environment=tuple(by_name[name] for name in sorted(by_name.keys() - runtime - dev)),
    )


def _names(requirements: Sequence[str]) -> set[str]:
    return {normalized(Requirement(requirement).name) for requirement in requirements}


def _closure(roots: set[str], requires: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    queue = [root for root in roots if root in requires]
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += requires[name]
    return seen
