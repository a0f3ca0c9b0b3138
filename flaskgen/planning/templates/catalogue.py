"""The catalogue: the base project and every extension, in layers that traits choose from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from flaskgen.errors import InvalidOption, TemplateDefect
from flaskgen.planning.templates.slots import Fill, SlotKind


class Status(StrEnum):
    """Whether anyone still releases the package."""

    MAINTAINED = "maintained"
    DORMANT = "dormant"
    UNMAINTAINED = "unmaintained"


@dataclass(frozen=True)
class Option:
    """A choice that an extension offers; each value is also a trait: ``database-postgresql``."""

    name: str
    help: str
    choices: tuple[str, ...]
    default: str

    def parse(self, value: str, *, extension: str) -> str:
        """Return the value, or raise InvalidOption if it is not one of the choices."""
        if value not in self.choices:
            raise InvalidOption(
                f"`{value}` is not a valid value of {extension}.{self.name}",
                hint=f"choose one of {', '.join(self.choices)}",
            )
        return value


@dataclass(frozen=True)
class Extension:
    """What an extension is, what it needs, and what to tell about it."""

    name: str
    title: str
    summary: str
    order: int
    distribution: str = ""
    status: Status = Status.MAINTAINED
    note: str = ""
    needs: tuple[str, ...] = ()
    """Extensions that it requires."""
    provides: tuple[str, ...] = ()
    """Traits that it gives a project, for overlays that ask what is there and not who brings it."""
    requirements: tuple[str, ...] = ()
    """Direct requirements, for Flask lines whose data does not know the extension."""
    modules: tuple[str, ...] = ()
    """Import names that its packages install; no project may have such a name."""
    commands: tuple[str, ...] = ()
    """Commands that its packages, not its files, add to the application's."""
    blueprints: tuple[str, ...] = ()
    """Blueprints that its packages register."""
    configuration: Mapping[str, str] = field(default_factory=dict)
    """What each configuration key means."""
    options: tuple[Option, ...] = ()
    next_steps: tuple[str, ...] = ()
    """Commands to type after `new` or `add`, each with ``  # why`` behind it; ``{command}`` runs those of the
    application: `flask`, or what stands in for it."""
    once: tuple[str, ...] = ()
    """Files that are written when absent and never again: they hold secrets."""

    def option(self, name: str) -> Option:
        """Find an option, or raise InvalidOption with those there are."""
        for option in self.options:
            if option.name == name:
                return option
        known = ", ".join(f"{self.name}.{option.name}" for option in self.options)
        raise InvalidOption(
            f"{self.name} has no option `{name}`", hint=f"it has {known}" if known else "it has no options"
        )


_KEYS = frozenset(Extension.__dataclass_fields__) - {"name"}


def parse_manifest(text: str, *, name: str, source: str) -> Extension:
    """Read a manifest.toml; ``source`` names the file in the TemplateDefect that a wrong one raises."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateDefect(f"{source}: {error}") from error
    if unknown := data.keys() - _KEYS:
        raise TemplateDefect(f"{source}: unknown key `{min(unknown)}`")
    try:
        return Extension(
            **{key: _freeze(value) for key, value in data.items() if key not in {"options", "status"}},
            name=name,
            status=Status(data.get("status", Status.MAINTAINED)),
            options=tuple(
                Option(name=key, **{field: _freeze(value) for field, value in option.items()})
                for key, option in data.get("options", {}).items()
            ),
        )
    except (TypeError, ValueError) as error:
        raise TemplateDefect(f"{source}: {error}") from error


def _freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


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
    """Files and lines for slots that apply when all of ``condition`` is among the project's traits."""

    owner: str
    condition: frozenset[str]
    files: tuple[Template, ...]
    fills: tuple[Fill, ...]
    """What is added to shared files."""


@dataclass(frozen=True)
class Slot:
    """A place for lines in a shared file."""

    name: str
    kind: SlotKind
    file: str
    """Where the lines land, as below ``files/``: ``{{package}}/config.py``."""
    note: str
    """What belongs there."""
    conditions: tuple[frozenset[str], ...]
    """Those of the layers that offer it."""


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
    slots: Mapping[str, Slot]
    """By name, in the order in which the layers offer them."""

    def with_provided(self, traits: frozenset[str]) -> frozenset[str]:
        """Return traits with those that the extensions among them provide."""
        chosen = (extension for name, extension in self.extensions.items() if name in traits)
        return traits.union(*(extension.provides for extension in chosen))

    def layers_for(self, traits: frozenset[str]) -> Iterator[Layer]:
        """Return the layers that a project of these traits is made of, in order."""
        everything = self.with_provided(traits)
        return (layer for layer in self.layers if layer.condition <= everything)

    def once(self, *extensions: Iterable[str]) -> frozenset[PurePosixPath]:
        """Return the files that are written once, for their owner only, and never recorded."""
        names = {name for group in extensions for name in group}
        owners = (self.base, *(self.extensions[name] for name in names))
        return frozenset(PurePosixPath(path) for owner in owners for path in owner.once)

    @property
    def reserved_modules(self) -> frozenset[str]:
        """Import names that no project may take: of its packages and of files beside its own package.

        What an extension may bring later counts as well.
        """
        owners = (self.base, *self.extensions.values())
        installed = {module for owner in owners for module in owner.modules}
        tops = {template.lands_on.partition("/") for layer in self.layers for template in layer.files}
        beside = {top.partition(".")[0] for top, slash, _ in tops if slash or top.endswith(".py")}
        return frozenset(installed | {name for name in beside if name.isidentifier()})
