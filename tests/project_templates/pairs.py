"""Pairs of extensions, and which of them bring together what neither has alone."""

from __future__ import annotations

from itertools import combinations

from tests.project_templates.rendering import spec_of
from tests.project_templates.series import NEWEST
from tests.project_templates.subsets import SHIPPED, Subset, closed, known_to


def meet(first: str, second: str) -> bool:
    """Return whether a layer applies to a project with both that applies to none with one of them."""
    alone = _layers_of([first]) | _layers_of([second])
    return not _layers_of([first, second]) <= alone


def _layers_of(names: list[str]) -> set[tuple[str, frozenset[str]]]:
    return {(layer.owner, layer.condition) for layer in SHIPPED.layers_for(spec_of(closed(names)).traits)}


MEETING: dict[Subset, tuple[Subset, Subset]] = {
    closed(pair): (closed(pair[:1]), closed(pair[1:]))
    for pair in combinations(known_to(NEWEST), 2)
    if meet(*pair)
}
"""The subsets that such pairs make, each with those of its two extensions alone."""
