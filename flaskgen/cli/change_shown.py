"""What a change shows: the plan of a dry run, and what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from flaskgen.cli.new_options import Display
from flaskgen.cli.reporters import QuietReporter
from flaskgen.cli.terminal import say, wants_colour
from flaskgen.commands.change import ChangeOutcome
from flaskgen.commands.change_proposal import ChangeProposal
from flaskgen.effects.transaction.backup import BACKUP
from flaskgen.planning.merging.file_diff import file_diff
from flaskgen.planning.merging.plan import FileChange, Status
from flaskgen.planning.packages.package_change import PackageChange

_COLOURS = {
    Status.CREATE: "green",
    Status.UPDATE: "green",
    Status.MERGE: "green",
    Status.DELETE: "yellow",
    Status.SKIP: "yellow",
    Status.KEEP: "yellow",
    Status.CONFLICT: "red",
}


def show_dry_run(proposal: ChangeProposal) -> None:
    """Print what becomes of each file and package, and the differences."""
    colour = wants_colour()
    for line in _lines(proposal):
        click.echo(line, color=colour)
    for change in proposal.plan.changes:
        click.echo(_diff(proposal, change), nl=False)
    for path, content in proposal.frozen.items():
        click.echo(file_diff(path, proposal.ours.get(path), content), nl=False)


def _lines(proposal: ChangeProposal) -> Iterator[str]:
    for change in proposal.plan.changes:
        if change.status is not Status.IDENTICAL or change.notes:
            yield from _file_lines(change)
    yield from (f"{click.style('  freeze', fg='green')}  {path}" for path in proposal.frozen)
    packages = proposal.packages or PackageChange()
    if packages.install or packages.uninstall:
        yield f"{click.style('  freeze', fg='green')}  what is installed then, into requirements.txt"
    for pin in packages.install:
        was = packages.replaced.get(pin.name)
        yield f"{click.style(' install', fg='green')}  {pin.line}" + (f" for {was.version}" if was else "")
    for pin in packages.uninstall:
        yield f"{click.style('uninstall', fg='yellow')} {pin.line}"


def _file_lines(change: FileChange) -> Iterator[str]:
    status = click.style(f"{change.status.value:>8}", fg=_COLOURS.get(change.status))
    notes = f"  ({'; '.join(change.notes)})" if change.notes else ""
    yield f"{status}  {change.path}{notes}"
    if change.status is Status.SKIP:
        for hunk in change.hunks:
            yield from (f"{'':10}+ {line}" for line in hunk.theirs if line.strip())
    elif change.status is Status.CONFLICT:
        yield from (f"{'':10}line {hunk.line}" for hunk in change.hunks)


def _diff(proposal: ChangeProposal, change: FileChange) -> str:
    """Give what is written, except of files that hold secrets."""
    ours = proposal.ours.get(change.path)
    if change.path in proposal.project.secret_files(proposal.spec):
        return ""
    if change.status is Status.DELETE:
        return file_diff(change.path, ours, None)
    return "" if change.content is None else file_diff(change.path, ours, change.content)


def show_nothing_to_do(proposal: ChangeProposal, display: Display, reporter: QuietReporter) -> None:
    """Say that everything is so already."""
    if display.as_json:
        proposal_as_json(proposal, reporter, dry_run=False)
    elif not display.quiet:
        say("Nothing to do: the project is so already.")


def show_outcome(outcome: ChangeOutcome, reporter: QuietReporter, *, clean: bool | None) -> None:
    """Tell what became of each file and package, how to take it back, and what to type next."""
    proposal = outcome.proposal
    say()
    for change in proposal.plan.changes:
        if change.status is not Status.IDENTICAL or change.notes:
            for line in _file_lines(change):
                say(line)
    for path in outcome.frozen:
        say(f"{click.style('  freeze', fg='green')}  {path}")
    say(f"\n{_summary(outcome)} ({reporter.seconds:.1f} s).")
    for line in (*_marked(proposal), *_way_back(clean)):
        say(line)
    if proposal.next_steps:
        say("\nNext:")
        for step in proposal.next_steps:
            say(f"  {step}")


def _summary(outcome: ChangeOutcome) -> str:
    proposal = outcome.proposal
    before, after = proposal.project.spec.extensions, proposal.spec.extensions
    packages = proposal.packages or PackageChange()
    parts = {
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after],
        "installed": [pin.line for pin in packages.install],
        "uninstalled": [pin.name for pin in outcome.uninstalled],
    }
    told = "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts.items() if names)
    return told[:1].upper() + told[1:] if before != after else f"Done: {proposal.title}"


def _marked(proposal: ChangeProposal) -> Iterator[str]:
    marked = proposal.plan.conflicts
    if marked:
        yield "Conflict markers to settle are in:"
        for change in marked:
            yield f"  {change.path} ({len(change.hunks)} place{'s' if len(change.hunks) > 1 else ''})"


def _way_back(clean: bool | None) -> Iterator[str]:
    if clean is None:
        yield f"The files as they were are in {BACKUP}; `flaskgen undo` brings them back."
    elif clean:
        yield "`git diff` shows it; `flaskgen undo` takes it back."
    else:
        yield "There were uncommitted changes before; `flaskgen undo` takes back this one alone."


def proposal_as_json(proposal: ChangeProposal, reporter: QuietReporter, *, dry_run: bool = True) -> None:
    """Print a change that is not made as one JSON object, with the differences."""
    facts = _facts(proposal, reporter)
    for entry, change in zip(facts["files"], proposal.plan.changes, strict=True):
        entry["diff"] = _diff(proposal, change)
    click.echo(json.dumps({**facts, "changed": False, "dry_run": dry_run}, indent=2))


def outcome_as_json(outcome: ChangeOutcome, reporter: QuietReporter) -> None:
    """Print what was changed as one JSON object."""
    facts = _facts(outcome.proposal, reporter)
    facts["frozen"] = [str(path) for path in outcome.frozen]
    facts["packages"]["uninstall"] = [pin.line for pin in outcome.uninstalled]
    facts["steps"] = [{"title": step.title, "seconds": round(step.seconds, 3)} for step in reporter.steps]
    click.echo(json.dumps({**facts, "changed": True, "dry_run": False}, indent=2))


def _facts(proposal: ChangeProposal, reporter: QuietReporter) -> dict[str, Any]:
    spec, packages = proposal.spec, proposal.packages or PackageChange()
    return {
        "project": str(proposal.project.path),
        "command": proposal.title,
        "spec": {
            "name": spec.name.text,
            "flask": spec.release.version,
            "python": spec.python,
            "extensions": list(spec.extensions),
            "options": {name: dict(values) for name, values in spec.options.items()},
        },
        "files": [_file_facts(change) for change in proposal.plan.changes],
        "frozen": [str(path) for path in proposal.frozen],
        "packages": {
            "install": [pin.line for pin in packages.install],
            "uninstall": [pin.line for pin in packages.uninstall],
            "replaced": {name: pin.version for name, pin in packages.replaced.items()},
        },
        "next_steps": list(proposal.next_steps),
        "notes": reporter.notes,
        "warnings": reporter.warnings,
    }


def _file_facts(change: FileChange) -> dict[str, Any]:
    return {
        "path": str(change.path),
        "status": change.status.value,
        "notes": list(change.notes),
        "hunks": [
            {"line": hunk.line, "ours": list(hunk.ours), "theirs": list(hunk.theirs)} for hunk in change.hunks
        ],
    }
