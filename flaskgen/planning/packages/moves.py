"""Packages that move from one version to another: why, and which security advisories that settles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import tomli
from packaging.version import Version

from flaskgen.planning.packages.pins import DEV_LABEL, RUNTIME_LABEL, Pin, parse_version


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


def explain_moves(
    install: Iterable[Pin],
    replaced: Mapping[str, Pin],
    *,
    tested: Mapping[str, Pin],
    series: str,
    newest: bool,
    advisories: Advisories,
) -> tuple[Move, ...]:
    """Return why each package moves that is to be installed, and what that fixes."""
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
            reason = "it has to fit the others"
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
