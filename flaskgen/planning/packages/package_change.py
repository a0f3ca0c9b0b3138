"""Which packages come, go and move when a project's requirements change, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import tomli
from packaging.requirements import Requirement
from packaging.version import Version

from flaskgen.planning.packages.direct_requirements import ProjectRoots
from flaskgen.planning.packages.installed import (
    InstalledDistribution,
    Origin,
    applies,
    build_graph,
    fulfilled,
    left_out,
)
from flaskgen.planning.packages.lock import Lock, NotLocked
from flaskgen.planning.packages.pins import DEV_LABEL, RUNTIME_LABEL, Pin, names_of, normalized, parse_version

Installed = Mapping[str, InstalledDistribution]
"""By normalised name."""
Markers = Mapping[str, str]


class Advisory(NamedTuple):
    """A fault that is a security advisory, and the releases that fixed it."""

    id: str
    since: str
    """The first release that has it."""
    fixed: tuple[str, ...]
    """A release for each series that got a fix, oldest first."""
    what: str

    def affects(self, version: str) -> bool:
        """Return whether a release has it; one that cannot be compared does not."""
        found, fixes = parse_version(version), [Version(one) for one in self.fixed]
        if found is None:
            return False
        own_series = any(one.release[:2] == found.release[:2] and one <= found for one in fixes)
        return Version(self.since) <= found < fixes[-1] and not own_series


Advisories = Mapping[str, Sequence[Advisory]]
"""By the normalised name of the package."""


def parse_advisories(text: str) -> Advisories:
    """Read security.toml."""
    return {
        package: [
            Advisory(name, row.get("since", "0"), tuple(row["fixed"]), row["what"])
            for name, row in rows.items()
        ]
        for package, rows in tomli.loads(text).items()
    }


class Move(NamedTuple):
    """A package that gets another version."""

    name: str
    before: str | None
    """None for one that comes."""
    after: str
    reason: str
    fixes: tuple[Advisory, ...] = ()


class PackageChange(NamedTuple):
    """What happens to the packages of an environment."""

    install: tuple[Pin, ...] = ()
    uninstall: tuple[Pin, ...] = ()
    """With the versions that they have."""
    replaced: Mapping[str, Pin] = {}
    """What is installed now, of the packages to install that are there at another version."""
    python: str | None = None
    """The version of Python that the environment is made anew with."""
    moves: tuple[Move, ...] = ()
    """Why each of the packages to install moves, if it is an upgrade."""

    @property
    def only_adds(self) -> bool:
        """Whether everything that is installed now stays as it is."""
        return not (self.uninstall or self.replaced or self.python)


def find_missing(roots: Sequence[Requirement], installed: Installed, markers: Markers) -> list[Requirement]:
    """Return the requirements that what is installed does not fulfil."""
    return [
        root
        for root in roots
        if applies(root, markers) and not fulfilled(root, installed.get(normalized(root.name)))
    ]


def with_new_tools(old: ProjectRoots, new: ProjectRoots, installed: Installed) -> ProjectRoots:
    """Return what an environment needs: also the development tools that a change adds, if it has some."""
    had = names_of(old.dev)
    tools = (root for root in new.dev if normalized(root.name) not in had) if had & installed.keys() else ()
    return new._replace(direct=(*new.direct, *tools))


def choose_from_lock(
    lock: Lock, missing: Sequence[Requirement], installed: Installed, markers: Markers
) -> tuple[Pin, ...]:
    """Return the tested versions of what is missing, and of what that needs.

    Raises NotLocked if the lock does not have them, or if something they need is installed at a version that
    they were not tested with.
    """
    pins = lock.select([str(root) for root in missing], markers=markers)
    for pin in pins:
        found = installed.get(pin.name)
        if found is not None and not _is_version(found, pin):
            raise NotLocked(f"{pin.name} {found.version} is installed")
    return pins


def wanted_lines(roots: ProjectRoots, installed: Installed, markers: Markers) -> list[str]:
    """Return what a resolution has to heed: the direct requirements, and the test tools that are there."""
    tools = (root for root in roots.dev if normalized(root.name) in installed)
    wanted = (root for root in (*roots.direct, *tools) if applies(root, markers))
    return [str(root) for root in wanted if root.url is None]


def installed_pins(installed: Installed) -> tuple[Pin, ...]:
    """Return what is installed from an index, for a resolution to stay with."""
    return tuple(
        Pin(found.key, found.version) for found in installed.values() if found.origin is Origin.INDEX
    )


def compare(
    pins: Sequence[Pin], installed: Installed, *, needless: Sequence[InstalledDistribution] = ()
) -> PackageChange:
    """Return what has to be done for an environment to hold ``pins``; what came not from an index stays."""
    install, replaced = [], {}
    for pin in pins:
        found = installed.get(pin.name)
        if found is None:
            install.append(pin)
        elif found.origin is Origin.INDEX and not _is_version(found, pin):
            install.append(pin)
            replaced[pin.name] = Pin(found.key, found.version)
    uninstall = tuple(Pin(found.key, found.version, reference=found.reference) for found in needless)
    return PackageChange(tuple(install), uninstall, replaced)


def _is_version(found: InstalledDistribution, pin: Pin) -> bool:
    one, other = parse_version(found.version), parse_version(pin.version)
    return found.version == pin.version or (one is not None and one == other)


def find_needless(
    before: ProjectRoots, after: ProjectRoots, installed: Installed, markers: Markers
) -> tuple[InstalledDistribution, ...]:
    """Return what only the old requirements needed; what was installed by hand stays, with its needs."""
    # The project itself requires what its pyproject.toml said when it was installed.
    listed = frozenset(installed) - left_out(markers["python_version"]) - {after.project or ""}
    old = needed(before, installed, markers)
    by_hand = listed - old
    kept = needed(after, installed, markers)
    graph = build_graph(installed, roots=(), markers=markers, start=by_hand)
    return tuple(installed[name] for name in sorted((listed & old) - kept - graph.closure(by_hand)))


def needed(roots: ProjectRoots, installed: Installed, markers: Markers) -> frozenset[str]:
    """Return what a project requires, and what that requires, as far as it is installed."""
    asked = [root for root in (*roots.direct, *roots.dev) if applies(root, markers)]
    names = names_of(asked)
    return build_graph(installed, roots=asked, markers=markers, start=names).closure(names)


def explain_moves(
    install: Iterable[Pin],
    replaced: Mapping[str, Pin],
    *,
    tested: Mapping[str, Pin],
    series: str,
    newest: bool,
    compiled: Mapping[str, str],
    advisories: Advisories,
) -> tuple[Move, ...]:
    """Return why each package moves that is to be installed, and what that fixes.

    ``compiled`` says it of those that would have been compiled.
    """
    moves = []
    for pin in install:
        before = replaced[pin.name].version if pin.name in replaced else None
        fixes = [
            one
            for one in advisories.get(pin.name, ())
            if before and one.affects(before) and not one.affects(pin.version)
        ]
        if pin.name in tested and tested[pin.name].version == pin.version:
            reason = f"tested with Flask {series}"
        elif newest and pin.name in tested:
            reason = "the newest that fits"
        else:
            reason = compiled.get(pin.name, "it has to fit the others")
        moves.append(Move(pin.name, before, pin.version, reason, tuple(fixes)))
    return tuple(moves)


def older_than_tested(pins: Iterable[Pin], tested: Iterable[Pin]) -> dict[str, str]:
    """Return the tested versions of pins that are older, by name: of what the project requires.

    What only something else requires, which was never tested, stays as it is in an upgrade.
    """
    versions = {pin.name: pin.version for pin in tested}
    via = {pin.name: (pin, {*pin.via}) for pin in pins if pin.name in versions}
    required = {RUNTIME_LABEL, DEV_LABEL}
    while more := {name for name, (_, requirers) in via.items() if requirers & required} - required:
        required |= more
    older = {}
    for name, (pin, _) in via.items():
        version = parse_version(pin.version)
        if name in required and version and version < Version(versions[name]):
            older[name] = versions[name]
    return older


def older_note(pins: Sequence[Pin], tested: Iterable[Pin]) -> str | None:
    """Return what to say of pins that are older than the tested versions; None if none is."""
    older = older_than_tested(pins, tested)
    if not older:
        return None
    (name, version), count = next(iter(older.items())), len(older)
    if count == 1:
        return f"1 pin is older than the tested version ({name} {version}): `flaskgen upgrade` brings it"
    there = next(pin.version for pin in pins if pin.name == name)
    what = f"{count} pins are older than the tested versions, such as {name} {there} ({version})"
    return f"{what}: `flaskgen upgrade` brings them"
