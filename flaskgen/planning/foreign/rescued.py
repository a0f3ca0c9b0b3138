"""The files that a rescue writes: the requirements with their reasons, and what a person has to know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from packaging.version import Version

from flaskgen.planning.foreign.attempts import Candidate, Kind
from flaskgen.planning.foreign.entry_points import EntryPoint
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.packages.pins import Pin

REQUIREMENTS = "requirements.rescued.txt"
REPORT = "RESCUE.md"
_MANIFEST = re.compile(
    r"(^|/)(Dockerfile|Procfile|runtime\.txt|app\.json|tox\.ini|\.travis\.yml|circle\.yml|docker-compose\.ya?ml)|"
    r"^\.(github|circleci)/.*\.ya?ml$"
)


class Requirement(NamedTuple):
    """What became of a requirement that the project declares, or lacks."""

    name: str
    declared: str | None
    installed: str | None
    kind: Kind | None
    """None if it was kept."""
    reason: str


def compare(project: ForeignProject, candidate: Candidate, pins: Sequence[Pin]) -> tuple[Requirement, ...]:
    """Return what became of each requirement, in the order in which they are declared."""
    versions = {pin.name: pin.version or pin.line for pin in pins}
    declared = {one.name: one for one in project.requirements.declared}
    rows = []
    for name in (*declared, *sorted(candidate.changes.keys() - declared.keys())):
        line = str(declared[name].requirement) if name in declared else None
        row = Requirement(name, line, versions.get(name), None, "")
        change = candidate.changes.get(name)
        if change is not None and not (name in declared and row.installed == declared[name].version):
            row = row._replace(kind=change.kind, reason=change.reason)
            if change.kind is Kind.REPLACED:
                row = row._replace(installed=f"{change.package}=={versions.get(change.package)}")
            elif change.kind is Kind.DROPPED and row.installed:  # in another version, for other packages
                row = row._replace(kind=Kind.LOOSENED)
        rows.append(row)
    return tuple(rows)


def count(rows: Sequence[Requirement]) -> str:
    """Return how many requirements were kept and changed: ``39 pins kept, 3 loosened``."""
    kinds = Counter(row.kind for row in rows)
    kept = kinds.pop(None, 0)
    pinned = all("==" in (row.declared or "") for row in rows if row.kind is None)
    word = ("pin" if pinned else "requirement") + ("" if kept == 1 else "s")
    first = (f"{kept} {word} kept",) if kept or not kinds else ()
    return ", ".join((*first, *(f"{number} {kind}" for kind, number in kinds.items())))


def format_requirements(
    rows: Sequence[Requirement], pins: Sequence[Pin], candidate: Candidate, *, source: str, hashes: bool
) -> str:
    """Write the pins, those that were changed below the reason."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        if row.kind is not None:
            name = candidate.changes[row.name].package or (row.name if row.installed else "")
            notes.setdefault(name, []).append(f"# {row.declared or row.name} {row.kind}: {row.reason}")
    lines = [
        f"# Made by `flaskgen rescue` from {source}; RESCUE.md says more.",
        f"# python: {candidate.python.minor}",
        *(f"# build: {tool}" for tool in candidate.build),
        *notes.get("", []),  # of what was dropped
    ]
    for pin in sorted(pins, key=lambda pin: pin.name):
        lines += [
            *notes.get(pin.name, []),
            pin.line + "".join(f" \\\n    --hash={one}" for one in pin.hashes if hashes),
        ]
    return "\n".join(lines) + "\n"


def format_report(
    name: str,
    headline: str,
    project: ForeignProject,
    rows: Sequence[Requirement],
    *,
    entry: EntryPoint | None,
    variables: Mapping[str, str],
    dated: str,
    notes: Sequence[str],
) -> str:
    """Write RESCUE.md: how to start the application, what changed, and what is still needed."""
    sections = [
        f"# {name}\n\n{headline}\n\nWritten by `flaskgen rescue`, which changed no other file."
        + (f" Packages that are not pinned are as of {dated}." if dated else "")
    ]
    if entry is not None:
        directory = "" if str(entry.root) == "." else f"cd {entry.root}\n"
        exports = "".join(f"export {key}={value}\n" for key, value in variables.items())
        flask = next((row.installed for row in rows if row.name == "flask"), None)
        command = f'FLASK_APP="{entry}" flask run'
        if flask and flask[:1].isdigit() and Version(flask) < Version("0.11"):  # which had no command yet
            application = str(entry).partition(":")[2]
            command = f'python -c "from {entry.module} import {entry.name}; {application}.run()"'
        sections.append(
            f"## Start it\n\n```sh\nsource .venv/bin/activate\n{directory}{exports}{command}\n```"
        )
    changed = [row for row in rows if row.kind is not None]
    if changed:
        cells = [
            (row.declared or row.name, str(row.kind), row.installed or "-", row.reason) for row in changed
        ]
        table = "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in cells)
        sections.append(
            f"## What changed\n\n| requirement | | installed | reason |\n|---|---|---|---|\n{table}"
        )
    needed = [f"- {service.name} ({service.found_in})" for service in project.services]
    needed += [
        f"- `{one.name}`, an environment variable without a default ({one.path}:{one.line})"
        for one in project.variables
        if not one.default
    ]
    if needed:
        sections.append("## What it needs\n\n" + "\n".join(needed))
    if notes:
        sections.append("## Notes\n\n" + "\n".join(f"- {note}" for note in notes))
    manifests = [str(path) for path in project.files if _MANIFEST.search(str(path))]
    if manifests:
        sections.append(
            f"## Deploy it\n\nLet these install `{REQUIREMENTS}`, with the Python of `.python-version`: "
            + ", ".join(f"`{path}`" for path in manifests)
            + "."
        )
    return "\n\n".join(sections) + "\n"
