"""What a project declares that it requires, and what of it is for a Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.planning.flask.breaks import NEWEST, newest_allowed
from flaskgen.planning.packages.pins import normalized


class Declared(NamedTuple):
    """A requirement, and where a project declares it."""

    requirement: Requirement
    path: PurePosixPath
    line: int = 0
    """0 in a file without lines, such as a lock."""
    forked: bool = False
    """Whether other Pythons or platforms need another version."""

    @property
    def name(self) -> str:
        return normalized(self.requirement.name)

    @property
    def place(self) -> str:
        return place_of(self.path, self.line)

    @property
    def version(self) -> str | None:
        """The version that it is pinned to; None if it is not pinned."""
        for one in self.requirement.specifier:
            if one.operator in ("==", "===") and not one.version.endswith(".*"):
                return one.version
        return None

    def requiring(self, **changed: object) -> Declared:
        """Return it with another URL, or other versions."""
        requirement = Requirement(str(self.requirement))
        for name, value in changed.items():
            setattr(requirement, name, value)
        return self._replace(requirement=requirement)

    @property
    def bounded(self) -> bool:
        """Whether it allows no version above some: ``==1.*``, ``~=1.1`` or ``<2``."""
        return newest_allowed(self.requirement.specifier) != Version(NEWEST)


class Refused(NamedTuple):
    """A line that is no requirement, or a file that cannot be read."""

    place: str
    text: str
    reason: str
    understood: bool = False
    """Whether it is clear all the same what is required."""


def place_of(path: PurePosixPath, line: int) -> str:
    """Return where something is: ``requirements.txt:3``."""
    return f"{path}:{line}" if line else str(path)


class Requirements(NamedTuple):
    """All that a project declares about its packages."""

    declared: tuple[Declared, ...] = ()
    """Those for development as well; each distribution once, as soon as the Python is known."""
    elsewhere: tuple[Declared, ...] = ()
    """The same distributions as other Pythons or platforms need them."""
    files: tuple[PurePosixPath, ...] = ()
    """The files that were read, the deciding one first."""
    constraints: tuple[Declared, ...] = ()
    indexes: tuple[str, ...] = ()
    """The URLs of indexes, the main one first."""
    refused: tuple[Refused, ...] = ()
    python: str | None = None
    """The specifier that the Python has to fulfil, such as ``>=3.8``."""
    python_from: PurePosixPath | None = None
    """The file that says so."""

    def get(self, name: str) -> Declared | None:
        """Return what is declared about a distribution, by its normalised name."""
        return next((one for one in self.declared if one.name == name), None)


def python_for(specifier: str | None, running: Version) -> Version:
    """Return the Python that a specifier allows: the running one, or else the nearest, older ones first."""
    allowed = SpecifierSet(specifier or "")
    older, newer = range(running.minor, 5, -1), range(running.minor, running.minor + 9)
    minors = [running, *(Version(f"3.{minor}") for minor in (*older, *newer))]
    return next((one for one in minors if one in allowed), running)


def running_python() -> Version:
    return Version(default_environment()["python_version"])


def markers_of(python: Version) -> dict[str, str]:
    """Return the marker environment of a Python, as far as it is not that of the running one."""
    return {"python_version": f"{python.major}.{python.minor}", "python_full_version": str(python)}


def for_python(found: Requirements, python: Version) -> Requirements:
    """Return requirements as they are on a Python, each distribution once.

    That is the first that is for it and this platform, or else the first, with the version that a constraint
    pins.
    """
    environment = markers_of(python)
    of_name: dict[str, list[Declared]] = {}
    for one in found.declared:
        of_name.setdefault(one.name, []).append(one)
    declared, elsewhere = [], []
    for several in of_name.values():
        markers = [one.requirement.marker for one in several]
        here = next((n for n, marker in enumerate(markers) if not marker or marker.evaluate(environment)), 0)
        others = [one for one in several if one != several[here] and markers[here] and one.requirement.marker]
        chosen = _pinned(several[here], found.constraints, environment)
        declared.append(chosen._replace(forked=bool(others)))
        elsewhere += others
    return found._replace(declared=tuple(declared), elsewhere=tuple(elsewhere))


def _pinned(one: Declared, constraints: Iterable[Declared], environment: Mapping[str, str]) -> Declared:
    """Return a requirement as a constraint pins it, at the place of the constraint, if the two agree."""
    if one.version or one.requirement.url:
        return one
    for pin in constraints:
        marker = pin.requirement.marker
        if pin.name != one.name or not pin.version or (marker and not marker.evaluate(environment)):
            continue
        if one.requirement.specifier.contains(pin.version, prereleases=True):
            return one.requiring(specifier=pin.requirement.specifier)._replace(path=pin.path, line=pin.line)
    return one
