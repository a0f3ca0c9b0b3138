"""The catalogue: the base project and every extension, in layers that traits choose from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from enum import StrEnum
from itertools import chain
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.errors import InvalidOption, TemplateDefect, suggest
from flaskgen.planning.flask.compatibility import ExtensionSupport, FlaskSeries
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.resources.resource import Resource
from flaskgen.planning.templates.slots import Fill


class Maintenance(StrEnum):
    """Whether anyone still releases the package."""

    MAINTAINED = "maintained"
    DORMANT = "dormant"
    UNMAINTAINED = "unmaintained"


class Option(NamedTuple):
    """A choice that an extension offers; each value is also a trait: ``database-postgresql``."""

    name: str
    help: str
    choices: tuple[str, ...]
    default: str
    needs: tuple[str, ...] = ()
    """Extensions without which it has its default."""

    def parse(self, value: str, *, extension: str) -> str:
        """Return the value, or raise InvalidOption if it is not one of the choices."""
        if value not in self.choices:
            known = f"choose one of {', '.join(self.choices)}"
            hint, fix = suggest(value, self.choices, otherwise=known)
            raise InvalidOption(
                f"`{value}` is not a valid value of {extension}.{self.name}", hint=hint, fix=fix
            )
        return value


class SeriesSupport(NamedTuple):
    """What an extension needs with one series of Flask, or with several in a row."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    support: ExtensionSupport


class Extension(NamedTuple):
    """What an extension is, what it needs, and what to tell about it."""

    name: str
    title: str
    summary: str
    order: int
    distribution: str = ""
    status: Maintenance = Maintenance.MAINTAINED
    note: str = ""
    needs: tuple[str, ...] = ()
    """Extensions that it requires."""
    provides: tuple[str, ...] = ()
    """Traits that it gives a project, for overlays that ask what is there and not who brings it."""
    modules: tuple[str, ...] = ()
    """Import names that its packages install; no project may have such a name."""
    commands: tuple[str, ...] = ()
    """Commands that its packages, not its files, add to the application's."""
    blueprints: tuple[str, ...] = ()
    """Blueprints that its packages register."""
    configuration: Mapping[str, str] = {}
    """What each configuration key means."""
    options: tuple[Option, ...] = ()
    next_steps: tuple[str, ...] = ()
    """Commands to type after `new` or `add`, each with ``  # why`` behind it; ``{command}`` runs those of the
    application: `flask`, or what stands in for it."""
    once: tuple[str, ...] = ()
    """Files that are written when absent and never again: they hold secrets."""
    resources: tuple[Resource, ...] = ()
    """Examples that it brings to a project."""
    flask: tuple[SeriesSupport, ...] = ()
    """What it needs with each series of Flask whose data does not know it."""
    version: str = ""
    """Its own; empty for those that flaskgen ships, which have flaskgen's."""
    place: str = ""
    """Where it comes from; empty for those that flaskgen ships."""

    @property
    def own_traits(self) -> frozenset[str]:
        """Return its name and the values of its options, which no other one can have."""
        values = (f"{option.name}-{choice}" for option in self.options for choice in option.choices)
        return frozenset({self.name, *values})

    def support(self, series: str) -> ExtensionSupport | None:
        """Return what it says itself of a series of Flask."""
        numbers = version_numbers(series)
        found = (one.support for one in self.flask if one.first <= numbers <= one.last)
        return next(found, None)

    def options_with(self, extensions: Collection[str]) -> tuple[Option, ...]:
        """Return the options that can be chosen in a project of these extensions."""
        return tuple(option for option in self.options if {*option.needs} <= {*extensions})

    def option(self, name: str) -> Option:
        """Find an option, or raise InvalidOption with those there are."""
        for option in self.options:
            if option.name == name:
                return option
        known = ", ".join(f"{self.name}.{option.name}" for option in self.options)
        there = f"it has {known}" if known else "it has no options"
        hint, fix = suggest(name, [option.name for option in self.options], otherwise=there)
        raise InvalidOption(f"{self.name} has no option `{name}`", hint=hint, fix=fix)


BASE = "base"
RESOURCE = "resource"
"""The owner of the templates of resources."""
PART = "generated"
"""The owner of the templates of blueprints, commands and pages."""
SINGLE = "single"
"""The owner of the templates of a project of one file."""
_ANYWHERE = frozenset({".editorconfig", ".gitattributes", ".gitignore"})
"""What such a project has of the base's files."""
GENERATED = (PART, RESOURCE)
"""The owners of the templates that are rendered for each thing that is generated."""


class Template(NamedTuple):
    """A file of the catalogue: where it was found, where it lands, and what it holds."""

    source: str
    lands_on: str
    content: str | bytes
    """str is rendered; bytes are copied."""


class Layer(NamedTuple):
    """Files and lines for slots that apply when all of ``condition`` is among the project's traits."""

    owner: str
    condition: frozenset[str]
    files: tuple[Template, ...]
    fills: tuple[Fill, ...]
    """What is added to shared files."""

    def with_only(self, paths: Set[str]) -> Layer:
        """Return it without its other files."""
        return self._replace(files=tuple(file for file in self.files if file.lands_on in paths))


class Preset(NamedTuple):
    """A named choice of extensions."""

    name: str
    summary: str
    extensions: tuple[str, ...]
    single: bool = False
    """Whether it makes a project of one file, which has no extensions."""


class Catalogue(NamedTuple):
    """Everything a project can be made of."""

    base: Extension
    extensions: Mapping[str, Extension]
    """By name, in the order in which they are laid over the base."""
    presets: Mapping[str, Preset]
    layers: tuple[Layer, ...]
    """Base, extensions in order, then the overlays, the more particular ones last."""
    generated_layers: Mapping[str, tuple[Layer, ...]] = {}
    """Those of what `flaskgen generate` generates, by their owner; they are rendered for each."""
    single_layers: tuple[Layer, ...] = ()
    """Those of a project of one file."""

    def with_provided(self, traits: frozenset[str]) -> frozenset[str]:
        """Return traits with those that the extensions among them provide."""
        chosen = (extension for name, extension in self.extensions.items() if name in traits)
        return traits.union(*(extension.provides for extension in chosen))

    def on(self, release: FlaskRelease) -> FlaskRelease:
        """Return the release with what the extensions say themselves of its series, as ``complete`` does."""
        return release._replace(series=self.complete(release.series))

    def complete(self, series: FlaskSeries) -> FlaskSeries:
        """Return a series with what the extensions say themselves of it.

        Raises TemplateDefect for an extension of flaskgen's own of which nothing is said.
        """
        more = {
            name: extension.support(series.name) or _unsaid(extension, series.name)
            for name, extension in self.extensions.items()
            if name not in series.extensions
        }
        return series._replace(extensions={**series.extensions, **more})

    def layers_for(self, traits: frozenset[str]) -> Iterator[Layer]:
        """Return the layers that a project of these traits is made of, in order."""
        everything = self.with_provided(traits)
        layers = self.layers
        if SINGLE in traits:
            of_base = (layer.with_only(_ANYWHERE) for layer in layers if layer.owner == BASE)
            layers = (*of_base, *self.single_layers)
        return (layer for layer in layers if layer.condition <= everything)

    def layers_of(self, owner: str, traits: frozenset[str]) -> Iterator[Layer]:
        """Return the layers of something that is generated, in a project of these traits, in order."""
        everything = self.with_provided(traits)
        return (layer for layer in self.generated_layers[owner] if layer.condition <= everything)

    def once(self, *extensions: Iterable[str]) -> frozenset[PurePosixPath]:
        """Return the files that are written once, for their owner only, and never recorded."""
        names = {name for group in extensions for name in group}
        owners = (self.base, *(self.extensions[name] for name in names))
        return frozenset(PurePosixPath(path) for owner in owners for path in owner.once)

    def next_steps(self, names: Iterable[str], command: str) -> list[str]:
        """Return what to type for extensions, where ``command`` runs those of the application."""
        steps = (step for name in names for step in self.extensions[name].next_steps)
        return [step.replace("{command}", command) for step in steps]

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """Return the versions of those extensions that flaskgen does not ship."""
        return {name: self.extensions[name].version for name in names if self.extensions[name].place}

    @property
    def traits(self) -> frozenset[str]:
        """Return every trait that an extension has, or that an overlay of flaskgen asks for."""
        others = self.versions(self.extensions)
        layers = chain(self.layers, *self.generated_layers.values())
        conditions = (layer.condition for layer in layers if layer.owner not in others)
        had = ({*one.own_traits, *one.provides} for one in self.extensions.values())
        return frozenset().union(*conditions, *had)

    @property
    def package_modules(self) -> frozenset[str]:
        """Modules and packages of an application, of whichever extension."""
        below = "{{package}}/"
        paths = (file.lands_on for layer in self.layers for file in layer.files)
        names = (path.removeprefix(below).partition("/")[0] for path in paths if path.startswith(below))
        return frozenset(name.removesuffix(".py") for name in names)

    @property
    def reserved_modules(self) -> frozenset[str]:
        """Import names that no project may take: of its packages, and of files beside its own package or in
        ``tests``, which pytest puts in front of it on the path.

        What an extension may bring later counts as well.
        """
        owners = (self.base, *self.extensions.values())
        installed = {module for owner in owners for module in owner.modules}
        paths = {template.lands_on for layer in self.layers for template in layer.files}
        tops = {path.removeprefix(start).partition("/") for path in paths for start in ("", "tests/")}
        beside = {top.partition(".")[0] for top, slash, _ in tops if slash or top.endswith(".py")}
        return frozenset(installed | {name for name in beside if name.isidentifier()})


def _unsaid(extension: Extension, series: str) -> ExtensionSupport:
    if not extension.place:
        raise TemplateDefect(
            f"the compatibility data of Flask {series} says nothing about `{extension.name}`",
            hint=f"add [extensions.{extension.name}] to flaskgen/compatibility/{series}.toml",
        )
    return ExtensionSupport(unsupported="its manifest says nothing about that series")
