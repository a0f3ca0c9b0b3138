"""Turn what is installed into the pins of the two requirements files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement

from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.packages.installed import InstalledDistribution, Origin, left_out, pinned_version
from flaskgen.planning.packages.lock import DEV_LABEL, RUNTIME_LABEL
from flaskgen.planning.packages.pins import Pin, normalized
from flaskgen.planning.packages.requirement_graph import (
    RequirementGraph,
    Unmet,
    applies,
    build_graph,
    fulfilled,
    shown,
)
from flaskgen.planning.packages.requirement_roots import ProjectRoots

BY_HAND = "pip install"


@dataclass(frozen=True)
class Frozen:
    """The pins of requirements.txt and of requirements-dev.txt, with what is worth a warning."""

    runtime: tuple[Pin, ...]
    dev: tuple[Pin, ...]
    """What only the test tools need; a package that the application needs too is in ``runtime`` alone."""
    warnings: tuple[str, ...] = ()


def freeze(
    distributions: Sequence[InstalledDistribution], *, roots: ProjectRoots, markers: Mapping[str, str]
) -> Frozen:
    """Pin everything that ``pip freeze`` would list, each pin with who requires it.

    ``markers`` are those of the environment's interpreter. Raises EnvironmentBroken where something that is
    installed, or requirements.in, needs a package that is not there.
    """
    installed = {distribution.key: distribution for distribution in distributions}
    direct = tuple(root for root in roots.direct if applies(root, markers))
    dev = tuple(root for root in roots.dev if applies(root, markers))
    unlisted = left_out(markers["python_version"])
    whole = build_graph(installed, roots=(*direct, *dev), markers=markers)
    unmet = _unmet(whole, installed, direct, unlisted)
    _require_complete(unmet)

    names = frozenset(installed) - unlisted
    graph = whole.within(names)
    direct_names, dev_names = _names(direct) & names, _names(dev) & names
    by_hand = frozenset(graph.sources(names - graph.closure(direct_names | dev_names)))
    dev_only = graph.closure(dev_names) - graph.closure(direct_names | by_hand)
    # requirements.txt is the same whether the test tools are installed or not, so they are no reason in it.
    runtime = graph.within(names - dev_only)
    labels = {RUNTIME_LABEL: direct_names, DEV_LABEL: dev_names & dev_only, BY_HAND: by_hand}
    pins = {
        name: _pin(installed[name], graph if name in dev_only else runtime, labels) for name in sorted(names)
    }
    return Frozen(
        runtime=tuple(pin for name, pin in pins.items() if name not in dev_only),
        dev=tuple(pin for name, pin in pins.items() if name in dev_only),
        warnings=(
            *(_origin_warning(found) for found in distributions if _tied(found) and found.key in pins),
            *(_mismatch_warning(one) for one in unmet),
            *(_absent_warning(root) for root in dev if normalized(root.name) not in installed),
        ),
    )


def _names(roots: Sequence[Requirement]) -> frozenset[str]:
    return frozenset(normalized(root.name) for root in roots)


def _pin(found: InstalledDistribution, graph: RequirementGraph, labels: Mapping[str, frozenset[str]]) -> Pin:
    version = pinned_version(found.version)
    reference = found.reference
    if reference is None and version is None:
        reference = f"{found.key}==={found.version}"
    via = (*graph.requirers(found.key), *(label for label, names in labels.items() if found.key in names))
    return Pin(
        name=found.key,
        version=version or found.version,
        via=tuple(sorted(via)),
        reference=reference,
        notes=found.notes,
    )


def _unmet(
    graph: RequirementGraph,
    installed: Mapping[str, InstalledDistribution],
    direct: Sequence[Requirement],
    unlisted: frozenset[str],
) -> tuple[Unmet, ...]:
    found = [(root, installed.get(normalized(root.name))) for root in direct]
    asked = (
        Unmet("requirements.in", shown(root), there.version if there else None)
        for root, there in found
        if not fulfilled(root, there)
    )
    return (*asked, *(one for one in graph.unmet if one.requirer.partition(" ")[0] not in unlisted))


def _require_complete(unmet: Sequence[Unmet]) -> None:
    missing = [one for one in unmet if one.found is None]
    if not missing:
        return
    first, others = missing[0], len(missing) - 1
    more = f" (and {others} more {'is' if others == 1 else 'are'} missing)" if others else ""
    raise EnvironmentBroken(
        f"{first.requirer} requires {first.requirement}, which is not installed{more}",
        hint="install what is missing ("
        + ", ".join(f"`{one.requirement}`" for one in missing[:5])
        + (", ..." if len(missing) > 5 else "")
        + "), then freeze again",
    )


def _tied(found: InstalledDistribution) -> bool:
    return found.origin is not Origin.INDEX


def _origin_warning(found: InstalledDistribution) -> str:
    return f"`{found.key}` comes from {found.origin.value}, not from an index: `{found.reference}`"


def _mismatch_warning(one: Unmet) -> str:
    return f"{one.requirer} requires {one.requirement}, but {one.found} is installed"


def _absent_warning(root: Requirement) -> str:
    return f"`{root.name}` is in the dev group of pyproject.toml, but it is not installed"
