"""Locks: the exact versions that a Flask series was tested with, and the uv.lock of a project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import tomli
from packaging.markers import Marker
from packaging.requirements import Requirement

from flaskgen.planning.packages.direct_requirements import DirectRequirements
from flaskgen.planning.packages.installed import RequirementGraph
from flaskgen.planning.packages.pins import DEV_LABEL, RUNTIME_LABEL, Pin, decode, names_of, normalized
from flaskgen.planning.packages.sources import PUBLIC_INDEX

LOCK_FILE = PurePosixPath("uv.lock")
Versions = Mapping[str, frozenset[str]]
"""The locked versions by normalised name: platforms and Pythons may need several."""


class NotLocked(Exception):
    """The lock does not cover what is wanted, which has to be resolved instead."""

    @property
    def note(self) -> str:
        return f"these versions were not tested together ({self})"


def require_tested(*, newest: bool) -> None:
    """Raise NotLocked if the newest releases are wanted, instead of the tested ones."""
    if newest:
        raise NotLocked("--newest")


class LockedPackage(NamedTuple):
    """One version of a package in a lock."""

    name: str
    version: str
    marker: str
    """The environments that this version is for, or nothing: all."""
    requires: tuple[str, ...]
    """``name[extra]; marker``, where extra and marker are optional."""
    extras: Mapping[str, tuple[str, ...]]
    """What each extra requires."""
    hashes: tuple[str, ...]


class PinSet(NamedTuple):
    """A project's pins by the file they are written to."""

    runtime: tuple[Pin, ...]
    dev: tuple[Pin, ...]
    """The test tools' closure, without what the runtime's already holds."""
    environment: tuple[Pin, ...]
    """pip: installed, and in no file."""

    @property
    def all(self) -> tuple[Pin, ...]:
        return self.runtime + self.dev + self.environment


class Lock(NamedTuple):
    """Every version that one universal resolution gave, by normalised name."""

    packages: Mapping[str, tuple[LockedPackage, ...]]

    def select(self, roots: Sequence[str], *, markers: Mapping[str, str]) -> tuple[Pin, ...]:
        """Return the closure of ``roots``, sorted by name, in the environment that ``markers`` describe.

        Raises NotLocked when a root is not in the lock, at another version, from an address, or when the
        environment is not one that the lock was made for.
        """
        return _Closure(self, markers).of(roots, RUNTIME_LABEL)

    def preferences(self, markers: Mapping[str, str]) -> tuple[Pin, ...]:
        """Return every version that the lock has for an environment, for a resolution to stay near to."""
        holds = _marker_judge(markers)
        return tuple(
            Pin(package.name, package.version)
            for versions in self.packages.values()
            for package in versions
            if not package.marker or holds(package.marker)
        )


def parse_lock(text: str) -> Lock:
    """Read a lock as ``tools/refresh_locks.py`` writes it."""
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    for table in tomli.loads(text)["package"]:
        package = LockedPackage(
            name=table["name"],
            version=table["version"],
            marker=table.get("marker", ""),
            requires=tuple(table.get("requires", ())),
            extras={name: tuple(edges) for name, edges in table.get("extras", {}).items()},
            hashes=tuple(f"sha256:{digest}" for digest in table["sha256"].split()),
        )
        packages[package.name] = (*packages.get(package.name, ()), package)
    return Lock(packages)


def select_pins(lock: Lock, requirements: DirectRequirements, *, markers: Mapping[str, str]) -> PinSet:
    """Return the pins of a project's runtime, of its test tools beyond that, and of its environment.

    Raises NotLocked as ``Lock.select`` does.
    """
    closure = _Closure(lock, markers)
    runtime = closure.of(requirements.runtime, RUNTIME_LABEL)
    dev = closure.of(requirements.dev, DEV_LABEL)
    held = {pin.name for pin in runtime}
    return PinSet(
        runtime=runtime,
        dev=tuple(pin for pin in dev if pin.name not in held),
        environment=closure.of(requirements.environment, ""),
    )


class _Closure:
    """Walks the lock's edges in one environment, judging each marker once."""

    def __init__(self, lock: Lock, markers: Mapping[str, str]) -> None:
        # Hashes of wheels for other implementations are not in the lock.
        if markers.get("platform_python_implementation", "CPython") != "CPython":
            raise NotLocked("the lock is for CPython")
        self._lock = lock
        self._holds = _marker_judge(markers)

    def of(self, roots: Iterable[str], label: str) -> tuple[Pin, ...]:
        via: dict[str, set[str]] = {}
        packages: dict[str, LockedPackage] = {}
        queue: list[tuple[str, str, str]] = []
        for root in roots:
            requirement = Requirement(root)
            if requirement.marker is None or self._holds(str(requirement.marker)):
                package = self._package(normalized(requirement.name))
                if requirement.url or not requirement.specifier.contains(package.version, prereleases=True):
                    raise NotLocked(f"{requirement} is not the {package.version} of the lock")
                queue += _wants(normalized(requirement.name), requirement.extras, label)
        seen = set(queue)
        while queue:
            name, extra, requirer = queue.pop()
            package = packages.setdefault(name, self._package(name))
            if requirer != name:
                via.setdefault(name, set()).add(requirer)
            edges = package.extras.get(extra) if extra else package.requires
            if edges is None:
                raise NotLocked(f"{name}[{extra}] is not in the lock")
            wanted = [want for edge in edges for want in self._follow(edge, name)]
            queue += [want for want in wanted if want not in seen]
            seen.update(wanted)
        return tuple(
            Pin(
                name,
                packages[name].version,
                via=tuple(sorted(via[name] - {""})),
                hashes=packages[name].hashes,
            )
            for name in sorted(packages)
        )

    def _follow(self, edge: str, requirer: str) -> Iterable[tuple[str, str, str]]:
        target, _, marker = edge.partition("; ")
        if marker and not self._holds(marker):
            return ()
        name, _, extras = target.rstrip("]").partition("[")
        return _wants(name, extras.split(",") if extras else (), requirer)

    def _package(self, name: str) -> LockedPackage:
        for package in self._lock.packages.get(name, ()):
            if not package.marker or self._holds(package.marker):
                return package
        raise NotLocked(f"{name} is not in the lock for this environment")


def _wants(name: str, extras: Iterable[str], requirer: str) -> list[tuple[str, str, str]]:
    return [(name, "", requirer), *((name, extra, requirer) for extra in extras)]


def _marker_judge(markers: Mapping[str, str]) -> Callable[[str], bool]:
    @cache
    def holds(marker: str) -> bool:
        return Marker(marker).evaluate(dict(markers))

    return holds


def split_resolution(pins: Sequence[Pin], requirements: DirectRequirements) -> PinSet:
    """Return the pins by file, as a lock would: ``via`` names packages, and labels for direct ones."""
    by_name = {pin.name: pin for pin in pins}
    requires = {name: frozenset(pin.name for pin in pins if name in pin.via) for name in by_name}
    graph = RequirementGraph(requires, unmet=())
    runtime = graph.closure(_names(requirements.runtime))
    dev = graph.closure(_names(requirements.dev)) - runtime
    labels = {RUNTIME_LABEL: _names(requirements.runtime), DEV_LABEL: _names(requirements.dev)}

    def labelled(name: str) -> Pin:
        direct = [label for label, names in labels.items() if name in names]
        requirers = [requirer for requirer in by_name[name].via if requirer in by_name and requirer != name]
        return by_name[name]._replace(via=tuple(sorted({*direct, *requirers})))

    return PinSet(
        runtime=tuple(labelled(name) for name in sorted(runtime)),
        dev=tuple(labelled(name) for name in sorted(dev)),
        environment=tuple(by_name[name] for name in sorted(by_name.keys() - runtime - dev)),
    )


def _names(requirements: Sequence[str]) -> frozenset[str]:
    return names_of(map(Requirement, requirements))


_FILE_OF_PACKAGE = re.compile(rb"^ +\{ url = .*\n", re.MULTILINE)


@lru_cache(maxsize=4)  # a run asks several times about the same few locks
def read_versions(lock: bytes | None) -> Versions:
    """Return the versions of packages from an index; none of a file that is missing or not a uv.lock."""
    found: dict[str, frozenset[str]] = {}
    # The files are most of a lock, and what takes longest to read.
    for package in _load(_FILE_OF_PACKAGE.sub(b"", lock or b"")).get("package", ()):
        match package:
            case {"name": str(name), "version": str(version), "source": {"registry": _}}:
                found[name] = found.get(name, frozenset()) | {version}
    return found


def is_uv_project(pyproject: bytes) -> bool:
    """Return whether uv can lock the requirements of a pyproject.toml."""
    return "name" in _load(pyproject).get("project", ())


def agrees(locked: Versions, installed: Mapping[str, str]) -> bool:
    """Return whether a lock has the installed versions of the packages that it has."""
    return all(installed.get(name, one) in locked[name] for name in locked for one in locked[name])


def installed_versions(pins: Iterable[Pin]) -> dict[str, str]:
    """Return the versions that pins of an index give a platform like this one."""
    return {pin.name: pin.version for pin in pins if not (pin.reference or pin.marker)}


def format_preferences(pyproject: bytes, *versions: Mapping[str, str]) -> str:
    """Write a uv.lock of which uv keeps the versions that fit; those that come later overrule."""
    python = _load(pyproject).get("project", {}).get("requires-python", ">=3")
    wanted: dict[str, str] = {}
    for some in versions:
        wanted |= some
    head = f'version = 1\nrequires-python = "{python}"\n'
    source = f'source = {{ registry = "{PUBLIC_INDEX}" }}'  # which uv does not take from here
    return head + "".join(
        f'\n[[package]]\nname = "{name}"\nversion = "{version}"\n{source}\n'
        for name, version in sorted(wanted.items())
    )


def _load(content: bytes | None) -> Mapping[str, Any]:
    try:
        return tomli.loads(decode(content or b""))
    except (tomli.TOMLDecodeError, RecursionError):
        return {}
