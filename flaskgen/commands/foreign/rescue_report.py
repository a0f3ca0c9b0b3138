"""What a rescue did: in a sentence, in RESCUE.md, and what a person has to know of it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.commands.foreign.attempting import Attempt
from flaskgen.commands.foreign.beginning import Beginning
from flaskgen.effects.foreign.files import known_names
from flaskgen.effects.foreign.starting import no_network
from flaskgen.effects.system.session import Session
from flaskgen.planning.flask.interpreter import begins_alike, version_numbers
from flaskgen.planning.foreign.project import ForeignProject
from flaskgen.planning.foreign.rescued import RESCUED, Row, compare, count
from flaskgen.planning.foreign.services import needed_service
from flaskgen.planning.packages.sources import redact
from flaskgen.reporting import first_of, printable

_MANIFEST = re.compile(
    r"(^|/)(Dockerfile|Procfile|runtime\.txt|app\.json|tox\.ini|\.travis\.yml|circle\.yml|docker-compose\.ya?ml)|"
    r"^\.(github/workflows|circleci)/.*\.ya?ml$"
)
_INSTALLS = re.compile(r"requirements|\b(?:pip|pipenv|poetry|pdm|uv|python)", re.IGNORECASE)


class RescueOutcome(NamedTuple):
    name: str
    project: ForeignProject
    beginning: Beginning
    attempts: int
    result: Attempt
    notes: tuple[str, ...]

    @property
    def python(self) -> str:
        """``3.8``"""
        return self.result.candidate.python.minor

    @property
    def flask(self) -> str:
        """The version of Flask that is installed."""
        return next((pin.version for pin in self.result.pins if pin.name == "flask"), "")

    @property
    def requirements(self) -> tuple[Row, ...]:
        """What became of each requirement."""
        return compare(self.project, self.result.candidate, self.result.pins)

    @property
    def headline(self) -> str:
        """What it did, in a sentence or two."""
        flask = f"Flask {self.flask}" if self.flask else "no Flask"
        kept = any(row.name == "flask" and row.kind is None for row in self.requirements)
        year = f" of {self.beginning.flask_year}" if self.beginning.flask_year and kept else ""
        sentence = f"{flask}{year}. Python {self.python}; {count(self.requirements)}."
        if self.result.started is not None:
            sentence += " Starts" + (f"; {self.result.tests[1]}" if self.result.tests else "") + "."
        return sentence


def notes_of(
    project: ForeignProject, beginning: Beginning, result: Attempt, session: Session
) -> Iterator[str]:
    """Yield what a person has to know of a rescue."""
    for one in project.requirements.refused:
        what = "is not for pip" if one.understood else "was not read"
        yield redact(f"{one.place}: `{one.text}` {what}: {one.reason}")
    yield from _other_python(project, result.candidate.python.minor, beginning)
    if result.started is None:
        return
    if not no_network(session):
        yield "the network could not be switched off while the application ran"
    if error := result.started.error:
        service = needed_service(f"{result.started.traceback}\n{error}", known_names())
        why = f"could not connect to {service}" if service else "fails with an error of its own"
        yield f"its home page {why}: {printable(' '.join(error.split()), longest=200)}"
    for path in result.directories:
        yield f"it needs the directory {path}, which the project does not have"
    for path in result.paths:
        yield f"it imports modules from {path}: set PYTHONPATH"
    if result.started.written:
        yield f"it writes files when it starts: {first_of(_by_directory(result.started.written), 5)}"


def _other_python(project: ForeignProject, python: str, beginning: Beginning) -> Iterator[str]:
    """Yield that another Python was taken than a file asks for or allows, if it was."""
    asked, allowed = project.python, project.requirements.python
    if allowed and python not in SpecifierSet(allowed):
        yield f"{project.requirements.python_from} allows Python {allowed}: it was rescued with {python}"
    if asked is None or asked.tested or begins_alike(version_numbers(asked.version), version_numbers(python)):
        return
    minor = ".".join(asked.version.split(".")[:2])
    here = any(one.minor == minor for one in beginning.knowledge.pythons)
    why = "" if here else ", which is not installed"
    yield f"{asked.path} asks for Python {asked.version}{why}: it was rescued with {python}"


def _by_directory(files: Sequence[str]) -> list[str]:
    """Return files, or of several in a directory that and their number."""
    together = Counter(os.path.dirname(file) for file in files)
    lines = dict.fromkeys(
        f"{directory}/ ({together[directory]} files)" if directory and together[directory] > 1 else file
        for file in files
        for directory in [os.path.dirname(file)]
    )
    return list(lines)


def format_report(outcome: RescueOutcome) -> str:
    """Write RESCUE.md: how to start the application, what changed, and what is still needed."""
    written = "Written by `flaskgen rescue`, which changed no other file."
    if dated := outcome.beginning.dated:
        written += f" Packages that are not pinned are as of {dated}."
    written += _why_python(outcome.project, outcome.python)
    sections = [f"# {outcome.name}", outcome.headline, written]
    sections += [f"## {title}\n\n{text}" for title, text in _sections(outcome) if text]
    return "\n\n".join(sections) + "\n"


def _why_python(project: ForeignProject, python: str) -> str:
    """Say what the project's files have to do with the Python that was chosen."""
    asked, allowed = project.python, project.requirements.python
    if asked and begins_alike(version_numbers(asked.version), version_numbers(python)):
        return f" Python {python}: {asked}."
    here = allowed and python in SpecifierSet(allowed)
    return f" Python {python}: {project.requirements.python_from} asks for {allowed}." if here else ""


def _sections(outcome: RescueOutcome) -> Iterator[tuple[str, str]]:
    """Yield the titles and the texts of the sections, of which some are empty."""
    project = outcome.project
    yield "Start it", _commands(outcome)
    changed = [row for row in outcome.requirements if row.kind is not None]
    cells = [(row.declared or row.name, row.kind or "", row.installed or "-", row.reason) for row in changed]
    table = "".join(f"\n| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in cells)
    yield "What changed", table and f"| requirement | | installed | reason |\n|---|---|---|---|{table}"
    needed = [f"{service.name} ({service.found_in})" for service in project.services]
    needed += [
        f"`{one.name}`, an environment variable without a default ({one.path}:{one.line})"
        for one in project.variables
        if not one.default
    ]
    yield "What it needs", "\n".join(f"- {one}" for one in needed)
    yield "Notes", "\n".join(f"- {note}" for note in outcome.notes)
    manifests = [
        f"`{path}`"
        for path, text in project.files.items()
        if _MANIFEST.search(str(path)) and _INSTALLS.search(text)
    ]
    how = f"Let these install `{RESCUED}`, with the Python of `.python-version`: {', '.join(manifests)}."
    yield "Deploy it", how if manifests else ""


def _commands(outcome: RescueOutcome) -> str:
    """Return the commands that start the application; nothing if it was not started."""
    entry, result = outcome.result.entry, outcome.result
    if entry is None:
        return ""
    lines = ["source .venv/bin/activate"]
    if result.directories:
        lines.append(f"mkdir -p {' '.join(map(str, result.directories))}")
    if result.paths:
        lines.append(f'export PYTHONPATH="{":".join(f"$PWD/{path}" for path in result.paths)}"')
    if str(entry.root) != ".":
        lines.append(f"cd {entry.root}")
    lines += [f"export {key}={value}" for key, value in result.variables.items()]
    if outcome.flask[:1].isdigit() and Version(outcome.flask) < Version("0.11"):  # which had no command yet
        application = str(entry).partition(":")[2]
        lines.append(f'python -c "from {entry.module} import {entry.name}; {application}.run()"')
    else:
        lines.append(f'FLASK_APP="{entry}" flask run')
    return "\n".join(["```sh", *lines, "```"])
