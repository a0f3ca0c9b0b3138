"""What works with a line of Flask releases, and with each release in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain


@dataclass(frozen=True)
class PythonBound:
    """The oldest or the newest Python of a line, and why it is that one."""

    version: str
    """``3.9``."""
    reason: str
    """What is said of Flask beyond the bound, in words that fit in brackets after it."""
    of_project: bool = False
    """Whether it is a project of flaskgen's, rather than Flask itself, that does not work beyond it."""


@dataclass(frozen=True)
class PythonRange:
    """The Pythons that a line was tested on, both ends included."""

    minimum: PythonBound
    maximum: PythonBound
    newer_tried: bool
    """Whether Pythons above the maximum are untested rather than known to fail."""


@dataclass(frozen=True)
class CoreBound:
    """The versions of one of Flask's own dependencies that work."""

    name: str
    bounds: str
    reason: str
    fails_beyond: bool = False
    """Whether newer versions are known to fail, rather than not to be there yet."""

    @property
    def requirement(self) -> str:
        return f"{self.name}{self.bounds}"

    @property
    def ceiling(self) -> str:
        """The upper bound alone: ``Werkzeug<2``."""
        return self.name + next(bound for bound in self.bounds.split(",") if bound.startswith("<"))


@dataclass(frozen=True)
class ExtensionSupport:
    """What one extension needs on a line, or why it cannot be had there."""

    requirements: tuple[str, ...] = ()
    beside: Mapping[frozenset[str], tuple[str, ...]] = field(default_factory=dict)
    """What it requires beside these where a project has all of a set of traits: a database's driver."""
    unsupported: str | None = None
    replaced: str | None = None
    """What the line has in its place: its templates apply, and it requires nothing."""
    instead: str | None = None
    """What is said beside that to who asks for it: where its templates show the replacement."""

    def required_with(self, traits: Collection[str]) -> tuple[str, ...]:
        """Return what it requires in a project of these traits."""
        more = (texts for condition, texts in self.beside.items() if condition <= set(traits))
        return (*self.requirements, *chain.from_iterable(more))

    def beside_as_dict(self) -> dict[str, list[str]]:
        """Return the conditional requirements by their traits, joined as directories' names are: ``a+b``."""
        return {"+".join(sorted(condition)): list(texts) for condition, texts in self.beside.items()}


@dataclass(frozen=True)
class Upstream:
    """Whether the Flask project still looks after a line, and what to say of it."""

    supported: bool
    note: str


@dataclass(frozen=True)
class ReleaseException:
    """What holds for some releases of a line instead of what the line says."""

    releases: frozenset[str]
    traits: frozenset[str] = frozenset()
    """Traits beside the line's."""
    maximum: PythonBound | None = None
    """A firm newest Python."""
    core: tuple[CoreBound, ...] = ()
    extensions: Mapping[str, ExtensionSupport] = field(default_factory=dict)


@dataclass(frozen=True)
class FlaskLine:
    """One line of releases, such as 3.1, and all that was measured to work with it."""

    name: str
    tested: str
    """The release that the lock holds: the newest that the tests ran with."""
    releases: tuple[str, ...]
    """Every one there is, oldest first, pre-releases included."""
    upstream: Upstream
    yanked: Mapping[str, str]
    """Reasons by release."""
    broken: Mapping[str, str]
    """What fails, by release, if no versions of its dependencies fix it."""
    traits: frozenset[str]
    pythons: PythonRange
    core: tuple[CoreBound, ...]
    base: tuple[str, ...]
    """What every project requires beside Flask."""
    dev: tuple[str, ...]
    environment: tuple[str, ...]
    """What every virtual environment holds without the project requiring it: pip."""
    extensions: Mapping[str, ExtensionSupport]
    exceptions: tuple[ReleaseException, ...] = ()

    @property
    def conditions(self) -> frozenset[str]:
        """Every trait that requirements of its extensions depend on."""
        return frozenset().union(*(one for support in self.extensions.values() for one in support.beside))

    def replacement(self, extension: str) -> str | None:
        """Return what the line has in the place of a requested extension; None if nothing."""
        support = self.extensions[extension]
        return support.replaced and "; ".join(filter(None, (support.replaced, support.instead)))

    def lacks(self, extension: str) -> str | None:
        """Return why the line cannot have an extension's packages; None if it can."""
        support = self.extensions[extension]
        return support.unsupported or support.replaced

    def for_release(self, version: str) -> FlaskLine:
        """Return the line as it is for one release: with the exceptions that name it."""
        line = self
        for exception in self.exceptions:
            if version in exception.releases:
                line = _apply(exception, line)
        return line


def _apply(exception: ReleaseException, line: FlaskLine) -> FlaskLine:
    core = {bound.name: bound for bound in (*line.core, *exception.core)}
    pythons = line.pythons
    if exception.maximum:
        pythons = PythonRange(pythons.minimum, exception.maximum, newer_tried=False)
    return replace(
        line,
        traits=line.traits | exception.traits,
        pythons=pythons,
        core=tuple(core.values()),
        extensions={**line.extensions, **exception.extensions},
    )
