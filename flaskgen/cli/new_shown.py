"""What `flaskgen new` shows: the plan of a dry run, and what was made."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import click

from flaskgen.cli.reporters import QuietReporter
from flaskgen.cli.terminal import say
from flaskgen.commands.outcome import Outcome
from flaskgen.commands.proposal import NewSettings, Proposal
from flaskgen.planning.merging.plan import Status
from flaskgen.planning.project.pristine import BASE_PATH
from flaskgen.planning.project.record import RECORD_PATH


def show_dry_run(proposal: Proposal, settings: NewSettings) -> None:
    """Print the tree, the pins and the steps of a project that is not made."""
    click.echo(f"{proposal.path}{os.sep}")
    for line in draw_tree(_file_paths(proposal)):
        click.echo(line)
    click.echo("\nPins:")
    for pin in proposal.pins.all:
        click.echo(f"  {pin.line}")
    click.echo("\nSteps:")
    for step in _planned_steps(proposal, settings):
        click.echo(f"  {step}")


def draw_tree(paths: Iterable[PurePosixPath]) -> Iterator[str]:
    """Draw files and folders as `tree` does."""
    nested: dict[str, Any] = {}
    for path in sorted(paths):
        folder = nested
        for part in path.parts:
            folder = folder.setdefault(part, {})
    yield from _draw_folder(nested, "")


def _draw_folder(folder: dict[str, Any], prefix: str) -> Iterator[str]:
    for position, (name, content) in enumerate(sorted(folder.items())):
        last = position == len(folder) - 1
        yield f"{prefix}{'└── ' if last else '├── '}{name}{'/' if content else ''}"
        yield from _draw_folder(content, prefix + ("    " if last else "│   "))


def _file_paths(proposal: Proposal) -> list[PurePosixPath]:
    rendered = proposal.render(secret_key="")
    record = (RECORD_PATH, BASE_PATH)
    return [*rendered, *proposal.requirements_files(), *record]


def _planned_steps(proposal: Proposal, settings: NewSettings) -> Iterator[str]:
    yield "write the project's files"
    if settings.install:
        yield f"make an environment with Python {proposal.interpreter.version} in {proposal.environment_path}"
        yield f"install {len(proposal.pins.all)} packages"
        if settings.verify:
            yield "verify: create_app() and GET /"
        if settings.test:
            yield "run the project's tests"
    if proposal.git:
        yield "commit to git"


def show_outcome(outcome: Outcome, settings: NewSettings, reporter: QuietReporter) -> None:
    """Tell what was made, what was seen to work, and what to type next."""
    proposal = outcome.proposal
    kept = [str(change.path) for change in outcome.plan.changes if change.status is Status.KEEP]
    say()
    for line in (*_made(outcome, reporter), *_verified(outcome)):
        say(line)
    if kept:
        say(f"Kept as they were: {', '.join(kept)}.")
    say("\nNext:")
    for step in next_steps(proposal, settings):
        say(f"  {step}")


def _made(outcome: Outcome, reporter: QuietReporter) -> Iterator[str]:
    proposal, spec = outcome.proposal, outcome.proposal.spec
    made = sum(change.status is Status.CREATE for change in outcome.plan.changes)
    yield (
        f"Made {click.style(spec.name.text, bold=True)} in {reporter.seconds:.1f} s: {made} files,"
        f" Flask {spec.release.version} on Python {proposal.interpreter.version}"
        f"{', with ' + ', '.join(spec.extensions) if spec.extensions else ''}."
    )


def _verified(outcome: Outcome) -> Iterator[str]:
    seen = outcome.verification
    if seen is not None:
        yield f"Verified: create_app() works and GET / answers {seen.status}, on Python {seen.python}."
        if seen.tests:
            yield f"Tested: {seen.tests.strip('= ')}."


def next_steps(proposal: Proposal, settings: NewSettings) -> Sequence[str]:
    """Give the commands that lead to the first page, to type in this order."""
    if settings.workon:
        enter = [f"workon {proposal.spec.name.text}"]
    else:
        enter = [] if proposal.path == _here() else [f"cd {_quoted(proposal.path)}"]
        enter += [_activation()] if settings.install else _installation(proposal)
    return [*enter, *proposal.next_steps, f"{proposal.spec.command} run"]


def _installation(proposal: Proposal) -> list[str]:
    requirements = "requirements-dev.txt" if proposal.spec.dev else "requirements.txt"
    return [
        f"{shlex.quote(str(proposal.interpreter.path))} -m venv .venv",
        _activation(),
        f"python -m pip install -r {requirements}",
    ]


def _activation() -> str:
    if sys.platform == "win32":
        return r".venv\Scripts\activate"
    if os.environ.get("SHELL", "").endswith("/fish"):
        return ". .venv/bin/activate.fish"
    return ". .venv/bin/activate"


def _here() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None


def _quoted(path: Path) -> str:
    here = _here()
    near = here is not None and path.is_relative_to(here)
    return shlex.quote(str(path.relative_to(here) if near and here else path))


def outcome_as_json(outcome: Outcome, settings: NewSettings, reporter: QuietReporter) -> None:
    """Print the whole outcome as one JSON object."""
    facts = _proposal_facts(outcome.proposal, settings)
    facts["files"] = {str(change.path): change.status.value for change in outcome.plan.changes}
    seen = outcome.verification
    facts["verified"] = seen and {"python": seen.python, "status": seen.status, "tests": seen.tests}
    facts["steps"] = [{"title": step.title, "seconds": round(step.seconds, 3)} for step in reporter.steps]
    facts["warnings"] = reporter.warnings
    click.echo(json.dumps(facts, indent=2))


def proposal_as_json(proposal: Proposal, settings: NewSettings) -> None:
    """Print a dry run as one JSON object."""
    facts = _proposal_facts(proposal, settings)
    facts["files"] = {str(path): "create" for path in _file_paths(proposal)}
    facts["steps"] = [{"title": step} for step in _planned_steps(proposal, settings)]
    facts["warnings"] = list(proposal.warnings)
    click.echo(json.dumps(facts, indent=2))


def _proposal_facts(proposal: Proposal, settings: NewSettings) -> dict[str, Any]:
    spec = proposal.spec
    return {
        "project": str(proposal.path),
        "spec": {
            "name": spec.name.text,
            "package": spec.name.package,
            "flask": spec.release.version,
            "python": proposal.interpreter.version,
            "extensions": list(spec.extensions),
            "options": {name: dict(values) for name, values in spec.options.items()},
            "dev": spec.dev,
            "hashes": spec.hashes,
        },
        "environment": str(proposal.environment_path) if settings.install else None,
        "versions": {pin.name: pin.version for pin in proposal.pins.all},
        "git": proposal.git,
        "next_steps": list(next_steps(proposal, settings)),
        "notes": list(proposal.selection.notes),
    }
