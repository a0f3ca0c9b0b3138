"""The requirements that a rescue writes, each change with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.foreign.candidate import Candidate, Kind, with_extras
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.requirement_lines import parse_line, read_lines
from flaskgen.planning.packages.pins import Pin, normalized, parse_pins
from flaskgen.reporting import counted

RESCUED = PurePosixPath("requirements.rescued.txt")


class Row(NamedTuple):
    """What became of a requirement that the project declares, or lacks."""

    name: str
    declared: str | None
    installed: str | None
    kind: Kind | None
    """None if it was kept."""
    reason: str


def compare(project: ForeignProject, candidate: Candidate, pins: Sequence[Pin]) -> tuple[Row, ...]:
    """Return what became of each requirement, in the order in which they are declared."""
    versions = {pin.name: pin.version or pin.line for pin in pins}
    declared = {one.name: one for one in project.requirements.declared}
    rows = []
    for name in (*declared, *sorted(candidate.changes.keys() - declared.keys())):
        own, change, installed = declared.get(name), candidate.changes.get(name), versions.get(name)
        line = str(own.requirement) if own else None
        if change is None or (own and installed and installed == own.version):
            rows.append(Row(name, line, installed, None, ""))
            continue
        kind = change.kind
        if kind is Kind.REPLACED:
            installed = f"{change.package}=={versions.get(change.package)}"
        elif kind is Kind.DROPPED and installed:  # in another version, for other packages
            kind = Kind.LOOSENED
        rows.append(Row(name, line, installed, kind, change.reason))
    return tuple(rows)


def count(rows: Sequence[Row]) -> str:
    """Return how many requirements were kept and changed: ``39 pins kept, 3 loosened``."""
    kinds = Counter(row.kind for row in rows)
    kept = kinds.pop(None, 0)
    pinned = all("==" in (row.declared or "") for row in rows if row.kind is None)
    first = (f"{counted(kept, 'pin' if pinned else 'requirement')} kept",) if kept or not kinds else ()
    return ", ".join((*first, *(f"{number} {kind}" for kind, number in kinds.items())))


class Rescued(NamedTuple):
    """What requirements.rescued.txt says: versions with which the project was seen to work."""

    python: str
    """``3.8``"""
    build: tuple[str, ...]
    """Constraints for what builds packages without a wheel."""
    direct: tuple[str, ...]
    """What the project itself requires, without versions and with extras: ``celery[redis]``."""
    pins: tuple[Pin, ...]
    """These, and what they bring."""


_BROUGHT = "# Brought by these:"
_DIRECTIVE = re.compile(r"^# (python|build): (.+)$", re.MULTILINE)


def read_rescued(text: str) -> Rescued:
    said = _DIRECTIVE.findall(text)
    of_project = filter(None, (line.requirement for line in read_lines(text.partition(_BROUGHT)[0])))
    return Rescued(
        next((value for key, value in said if key == "python"), ""),
        tuple(value for key, value in said if key == "build"),
        tuple(with_extras(parse_line(line)) for line in of_project),
        parse_pins(text),
    )


def format_rescued(
    rescued: Rescued, *, made_by: str, notes: Mapping[str, Sequence[str]] = {}, hashes: bool = False
) -> str:
    """Write requirements.rescued.txt; ``notes`` are comment lines above the pins of their names.

    ``made_by`` ends the first line: ``rescue` from setup.py``.
    """
    extras = {normalized(text.partition("[")[0]): text for text in rescued.direct}

    def lines_of(pin: Pin) -> Iterator[str]:
        yield from notes.get(pin.name, ())
        written = pin.line if pin.reference else f"{extras.get(pin.name, pin.name)}=={pin.version}"
        yield written + "".join(f" \\\n    --hash={one}" for one in pin.hashes if hashes)

    pins = sorted(rescued.pins, key=lambda pin: pin.name)
    brought = [pin for pin in pins if pin.name not in extras]
    lines = [
        f"# Made by `flaskgen {made_by}.",
        f"# python: {rescued.python}",
        *(f"# build: {tool}" for tool in rescued.build),
        *notes.get("", ()),  # of what was dropped
        *(line for pin in pins if pin.name in extras for line in lines_of(pin)),
        *([_BROUGHT] if brought else []),
        *(line for pin in brought for line in lines_of(pin)),
    ]
    return "\n".join(lines) + "\n"


def rescued_by(candidate: Candidate, project: ForeignProject, pins: Sequence[Pin]) -> Rescued:
    """Return what an attempt that worked has shown."""
    lines = candidate.requirements(project.requirements)
    return Rescued(
        candidate.python.minor,
        candidate.build,
        tuple(dict.fromkeys(with_extras(parse_line(line)) for line in lines)),
        tuple(pin for pin in pins if pin.name != "pip"),
    )


def reasons(rows: Sequence[Row], candidate: Candidate) -> dict[str, list[str]]:
    """Return the comments on changed pins, by name; what was dropped has an empty name."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        if row.kind is not None:
            name = candidate.changes[row.name].package or (row.name if row.installed else "")
            notes.setdefault(name, []).append(f"# {row.declared or row.name} {row.kind}: {row.reason}")
    return notes
