"""What works with a line of Flask releases, and with each release in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


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
    unsupported: str | None = None


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
    """What fails, by release, where no versions of its dependencies mend it."""
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

    def for_release(self, version: str) -> FlaskLine:
        """Give the line as it is for one release: with the exceptions that name it."""
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
