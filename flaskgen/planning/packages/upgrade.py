"""Which packages move when a project is upgraded: its own to the tested versions, and others if they must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
    parse_requirement,
    shown,
)
from flaskgen.planning.packages.lock import Lock, NotLocked
from flaskgen.planning.packages.package_change import (
    Installed,
    Markers,
    installed_pins,
    needed,
    with_new_tools,
)
from flaskgen.planning.packages.pins import Pin, names_of, normalized, parse_version


@dataclass(frozen=True)
class PackageUpgrade:
    """An environment whose packages are to be those that a Flask series was tested with."""

    old: ProjectRoots
    new: ProjectRoots
    """What the project requires now, and will require."""
    installed: Installed
    before: Markers
    after: Markers
    """Of the environment's Python, and of that which it is to have."""
    lock: Lock
    environment: tuple[str, ...]
    """What the environment holds without the project requiring it: pip."""

    @cached_property
    def roots(self) -> tuple[Requirement, ...]:
        """The direct requirements that have to be fulfilled: of development tools those that are there."""
        wanted = with_new_tools(self.old, self.new, self.installed).direct
        tools = (
            root for root in self.new.dev if normalized(root.name) in self.installed and root not in wanted
        )
        return tuple(root for root in (*wanted, *tools) if applies(root, self.after))

    @cached_property
    def tested(self) -> dict[str, Pin]:
        """Every tested version for the Python that is to come."""
        return {pin.name: pin for pin in self.lock.preferences(self.after)}

    @cached_property
    def by_hand(self) -> frozenset[str]:
        """What was installed without the project requiring it."""
        listed = self.installed.keys() - left_out(self.before["python_version"]) - {self.new.project or ""}
        return frozenset(listed - self._needed_before)

    @cached_property
    def _needed_before(self) -> frozenset[str]:
        return needed(self.old, self.installed, self.before)

    @property
    def _by_hand_from_index(self) -> frozenset[str]:
        return self.by_hand - {found.key for found in self.from_elsewhere}

    @property
    def _gets_new_python(self) -> bool:
        """Whether nothing of what is installed stays."""
        return self.before["python_full_version"] != self.after["python_full_version"]

    @property
    def from_elsewhere(self) -> tuple[InstalledDistribution, ...]:
        """What was not installed from an index, and stays as it is."""
        return tuple(found for found in self.installed.values() if found.origin is not Origin.INDEX)

    def choose_from_lock(self) -> tuple[Pin, ...]:
        """Return the tested versions of what is required.

        Raises NotLocked if something that is installed or required does not fit to them.
        """
        own = [root for root in self.roots if not self._is_tested(root)]
        roots = [str(root) for root in self.roots if root not in own]
        pins = {pin.name: pin for pin in self.lock.select([*roots, *self._tools], markers=self.after)}
        for name, pin in pins.items():
            if self._is_newer_than_tested(name):
                raise NotLocked(
                    f"{name} {self.installed[name].version} is newer than the tested {pin.version}"
                )
        for root in own:
            if self._gets_new_python or not fulfilled(root, self.installed.get(normalized(root.name))):
                raise NotLocked(f"{shown(root)} is required")
        if self._gets_new_python and (others := self._by_hand_from_index - pins.keys()):
            raise NotLocked(f"{min(others)} is installed")
        for found in self.installed.values():
            if found.key not in pins and found.key != self.new.project:  # which will require something else
                self._require_fit(found, pins)
        return tuple(pins.values())

    @property
    def _tools(self) -> list[str]:
        """What the environment holds, and not at a newer version than the tested one."""
        found = ((line, self.installed.get(normalized(Requirement(line).name))) for line in self.environment)
        return [
            line
            for line, there in found
            if there and there.key in self.tested and not self._is_newer_than_tested(there.key)
        ]

    def _is_tested(self, root: Requirement) -> bool:
        pin = self.tested.get(normalized(root.name))
        return pin is not None and not root.url and root.specifier.contains(pin.version, prereleases=True)

    def _is_newer_than_tested(self, name: str) -> bool:
        there = parse_version(self.installed[name].version) if name in self.installed else None
        return there is not None and there > Version(self.tested[name].version)

    def _require_fit(self, found: InstalledDistribution, pins: dict[str, Pin]) -> None:
        """Raise NotLocked if what stays requires another version than one that is to be installed."""
        for requirement in filter(None, map(parse_requirement, found.requires)):
            target = normalized(requirement.name)
            if target not in pins or not applies(requirement, self.after):
                continue
            fits = requirement.specifier.contains(pins[target].version, prereleases=True)
            if not fits and fulfilled(requirement, self.installed.get(target)):
                raise NotLocked(f"{found.key} {found.version} requires {shown(requirement)}")

    def requirements(self) -> list[str]:
        """Return what a resolution has to heed: direct requirements, and what else is installed."""
        direct = [str(root) for root in self.roots if root.url is None]
        theirs = [
            text
            for found in self.from_elsewhere
            for text in (found.requires if found.key != self.new.project else ())
            if (one := parse_requirement(text)) and applies(one, self.after) and one.url is None
        ]
        return [*direct, *sorted(self._by_hand_from_index), *theirs, *self._tools]

    def preferences(self, *, newest: bool) -> list[Pin]:
        """Return the versions that a resolution stays near to: the tested ones, and those that are there.

        With ``newest`` these are only the versions of packages that were never tested.
        """
        there = {pin.name: pin.version for pin in installed_pins(self.installed)}
        if newest:
            return [Pin(name, version) for name, version in there.items() if name not in self.tested]
        tested = {
            name: pin.version
            for name, pin in self.tested.items()
            if name not in there or not self._is_newer_than_tested(name)
        }
        return [Pin(name, version) for name, version in {**there, **tested}.items()]

    def needless(self, pins: Sequence[Pin]) -> tuple[InstalledDistribution, ...]:
        """Return what was needed before, and is not with ``pins``."""
        come = {pin.name for pin in pins}
        stays = {found.key for found in self.from_elsewhere} | names_of(self.roots) | self.by_hand
        graph = build_graph(self.installed, roots=self.roots, markers=self.before, start=stays)
        cut = graph._replace(requires={**graph.requires, **dict.fromkeys(come, frozenset())})
        kept = cut.closure(stays) | come | left_out(self.before["python_version"])
        gone = self._needed_before - kept - {self.new.project or ""}
        return tuple(self.installed[name] for name in sorted(gone))
