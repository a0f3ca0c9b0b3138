"""The catalogue: the base project and every extension, in layers that traits choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath

from flaskgen.planning.templates.extension import Extension

BASE = "base"


@dataclass(frozen=True)
class Template:
    """A file of the catalogue: where it was found, where it lands, and what it holds."""

    source: str
    lands_on: str
    content: str | bytes
    """str is rendered; bytes are copied."""


@dataclass(frozen=True)
class Layer:
    """Files and slot lines that apply when all of ``condition`` is among the project's traits."""

    owner: str
    condition: frozenset[str]
    files: tuple[Template, ...]
    slots: tuple[Template, ...]
    """What is added to shared files; ``lands_on`` is the slot's name, or ``SLOT/PART``."""


@dataclass(frozen=True)
class Preset:
    """A named choice of extensions."""

    name: str
    summary: str
    extensions: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything a project can be made of."""

    base: Extension
    extensions: Mapping[str, Extension]
    """By name, in the order in which they are laid over the base."""
    presets: Mapping[str, Preset]
    layers: tuple[Layer, ...]
    """Base, extensions in order, then the overlays, the more particular ones last."""

    def with_provided(self, traits: frozenset[str]) -> frozenset[str]:
        """Give traits with those that the extensions among them provide."""
        chosen = (extension for name, extension in self.extensions.items() if name in traits)
        return traits.union(*(extension.provides for extension in chosen))

    def layers_for(self, traits: frozenset[str]) -> Iterator[Layer]:
        """Give the layers that a project of these traits is made of, in order."""
        everything = self.with_provided(traits)
        return (layer for layer in self.layers if layer.condition <= everything)

    def once(self, *extensions: Iterable[str]) -> frozenset[PurePosixPath]:
        """Return the files that are written once, for their owner only, and never recorded."""
        names = {name for group in extensions for name in group}
        owners = (self.base, *(self.extensions[name] for name in names))
        return frozenset(PurePosixPath(path) for owner in owners for path in owner.once)

    @property
    def reserved_modules(self) -> frozenset[str]:
        """Import names that no project may take: those of its packages, now or after an `add`."""
        owners = (self.base, *self.extensions.values())
        return frozenset(module for owner in owners for module in owner.modules)


def slot_of(template: Template) -> str:
    """Give the name of the slot that a template adds to."""
    return template.lands_on.partition("/")[0]


def subsets(names: Iterable[str]) -> Iterator[frozenset[str]]:
    """Give every subset of the names, the smallest first."""
    ordered = sorted(names)
    for size in range(len(ordered) + 1):
        yield from map(frozenset, combinations(ordered, size))
