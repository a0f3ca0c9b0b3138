"""What a change shows: the plan of a dry run, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import click

from flaskgen.cli.reporters import Display
from flaskgen.cli.terminal import say, say_next, show_json, wants_colour
from flaskgen.commands.plan import Outcome, Plan, require_decided
from flaskgen.effects.system.session import Reporter
from flaskgen.effects.transaction.log import UNDO
from flaskgen.errors import MergeConflict, NameClash
from flaskgen.planning.merging.plan import FileChange, FilePlan, Status
from flaskgen.planning.merging.text_form import file_diff
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.reporting import counted, quote

_COLOURS = {
    Status.CREATE: "green",
    Status.UPDATE: "green",
    Status.MERGE: "green",
    Status.DELETE: "yellow",
    Status.SKIP: "yellow",
    Status.KEEP: "yellow",
    Status.CONFLICT: "red",
}


def show(outcome: Outcome[Plan], reporter: Reporter, display: Display, *, verify: bool) -> None:
    """Show a change that was made, or would be: a dry run ends as the change itself would."""
    planned = not (outcome.made or outcome.plan.is_empty)
    if display.as_json:
        show_json({**_as_json(outcome, reporter), "changed": outcome.made, "dry_run": planned})
    elif planned:
        _show_dry_run(outcome.plan)
    elif not display.quiet:
        if outcome.made:
            _show_outcome(outcome, reporter)
        else:
            say("Nothing to do: already up to date.")
    if planned:
        end_dry_run(outcome.plan, verify=verify, as_json=display.as_json)


def _show_dry_run(plan: Plan) -> None:
    """Print what would happen to each file and package, and the differences."""
    for line in _lines(plan):
        click.echo(line, color=wants_colour())
    for change in plan.files.changes:
        click.echo(_diff(plan, change), nl=False)
    for path, content in plan.frozen.items():
        click.echo(file_diff(path, plan.sources.seen.get(path), content), nl=False)


def end_dry_run(plan: Plan, *, verify: bool, as_json: bool) -> None:
    """End as the change itself would. Raises MergeConflict or NameClash, unless the printed JSON says it."""
    try:
        require_decided(plan, verify=verify)
    except (NameClash, MergeConflict) as undecided:
        if not as_json:
            raise
        click.get_current_context().exit(undecided.exit_code)


def _lines(plan: Plan) -> Iterator[str]:
    yield from _changed(plan.files, plan.frozen)
    packages = plan.packages
    if packages.install or packages.uninstall:
        yield f"{click.style('  freeze', fg='green')}  requirements.txt, from the installed packages"
    yield from _moved(packages)
    for pin in packages.install if not packages.moves else ():
        was = packages.replaced.get(pin.name)
        yield f"{click.style(' install', fg='green')}  {pin.line}" + (f" for {was.version}" if was else "")
    for pin in packages.uninstall:
        yield f"{click.style('uninstall', fg='yellow')} {pin.line}"


def _changed(files: FilePlan, frozen: Iterable[PurePosixPath]) -> Iterator[str]:
    for change in files.changes:
        if change.status is not Status.IDENTICAL or change.notes:
            yield from file_lines(change)
    yield from (f"{click.style('  freeze', fg='green')}  {path}" for path in frozen)


def _moved(packages: PackageChange) -> Iterator[str]:
    """Yield what an upgrade does to the environment, and why."""
    if packages.python:
        yield f"{click.style('  python', fg='green')}  {packages.python}, in a new environment"
    for move in packages.moves:
        versions = f"{move.before} -> {move.after}" if move.before else move.after
        yield f"{click.style(' upgrade', fg='green')}  {move.name} {versions}  ({move.reason})"
        for fix in move.fixes:
            yield f"{'':10}fixes {fix.id}: {fix.what}"


def file_lines(change: FileChange) -> Iterator[str]:
    """Return what happens to a file, and where the conflicts are."""
    status = click.style(f"{change.status.value:>8}", fg=_COLOURS.get(change.status))
    notes = f"  ({'; '.join(change.notes)})" if change.notes else ""
    yield f"{status}  {change.path}{notes}"
    if change.status is Status.SKIP:
        for hunk in change.hunks:
            yield from (f"{'':10}+ {line}" for line in hunk.theirs if line.strip())
    elif change.status is Status.CONFLICT:
        yield from (f"{'':10}line {hunk.line}" for hunk in change.hunks)


def _diff(plan: Plan, change: FileChange) -> str:
    """Return what is written, except to files that hold secrets."""
    ours = plan.sources.seen.get(change.path)
    if change.path in plan.sources.once:
        return ""
    if change.status is Status.DELETE:
        return file_diff(change.path, ours, None)
    return "" if change.content is None else file_diff(change.path, ours, change.content)


def _show_outcome(outcome: Outcome[Plan], reporter: Reporter) -> None:
    """Show what happened to each file and package, how to undo it, and what to type next."""
    say()
    for line in (*_changed(outcome.files, outcome.frozen), *_moved(outcome.plan.packages)):
        say(line)
    say(f"\n{_summary(outcome)} ({reporter.seconds:.1f} s).")
    for line in _closing(outcome):
        say(line)
    if outcome.steps:
        say_next([*enter_project(outcome.plan.project), *outcome.steps])


def _summary(outcome: Outcome[Plan]) -> str:
    plan = outcome.plan
    before, after = plan.before.extensions if plan.before else (), plan.spec.extensions
    there = _generated(plan.before) if plan.before else []
    parts = {
        "added": [name for name in after if name not in before],
        "generated": [name for name in _generated(plan.spec) if name not in there],
        "removed": [name for name in before if name not in after],
        "installed": [pin.line for pin in plan.packages.install],
        "uninstalled": [pin.name for pin in plan.packages.uninstall],
    }
    done = "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts.items() if names)
    return done[:1].upper() + done[1:] if before != after else f"Done: {plan.title}"


def _generated(spec: ProjectSpec) -> list[str]:
    return [*(one.name for one in spec.resources), *(one.name for one in spec.generated)]


def _closing(outcome: Outcome[Plan]) -> Iterator[str]:
    """Yield what was verified, what is left to resolve, and the way back."""
    if outcome.answer and outcome.answer.works:
        tests = f", and its tests pass: {outcome.answer.tests}" if outcome.answer.tests else ""
        yield f"Verified: the application starts and `GET /` returns {outcome.answer.status}{tests}."
    marked = outcome.files.conflicts
    if marked:
        yield "Resolve the conflict markers in:"
        for change in marked:
            yield f"  {change.path} ({counted(len(change.hunks), 'place')})"
    if outcome.was_clean is None:
        yield f"`flaskgen undo` undoes it; the original files are in {UNDO}."
    elif outcome.was_clean:
        yield "`git diff` shows the change; `flaskgen undo` undoes it."
    else:
        yield "You had uncommitted changes before; `flaskgen undo` only undoes this one."


def _as_json(outcome: Outcome[Plan], reporter: Reporter) -> dict[str, Any]:
    """Return what was changed, or would be with the differences."""
    plan, packages, answer = outcome.plan, outcome.plan.packages, outcome.answer
    facts = {
        "project": str(plan.project),
        "command": plan.title,
        "spec": plan.spec.as_dict(),
        "files": [
            {
                "path": str(change.path),
                "status": change.status.value,
                "notes": list(change.notes),
                "hunks": [hunk._asdict() for hunk in change.hunks],
                **({} if outcome.made else {"diff": _diff(plan, change)}),
            }
            for change in outcome.files.changes
        ],
        "frozen": [str(path) for path in (outcome.frozen if outcome.made else plan.frozen)],
        "packages": {
            "install": [pin.line for pin in packages.install],
            "uninstall": [pin.line for pin in packages.uninstall],
            "replaced": {name: pin.version for name, pin in packages.replaced.items()},
            "python": packages.python,
            "moved": [
                {**move._asdict(), "fixes": [{"id": fix.id, "what": fix.what} for fix in move.fixes]}
                for move in packages.moves
            ],
        },
        "clashes": [
            {"kind": str(clash.kind), "name": clash.name, "path": str(clash.path), "line": clash.line}
            for clash in plan.clashes
        ],
        "next_steps": list(outcome.steps),
        "notes": reporter.notes,
        "warnings": reporter.warnings,
    }
    if not outcome.made:
        return facts
    verified = answer and {
        "works": answer.works,
        "status": answer.status,
        "tests": answer.tests,
        "problem": None if answer.works else answer.problem,
    }
    return {**facts, "verified": verified, "steps": reporter.steps}


def enter_project(project: Path) -> list[str]:
    """Return the command that changes to a project; none if the current directory is in it."""
    try:
        here = Path.cwd()
    except OSError:
        return [f"cd {quote(str(project))}"]
    if here.is_relative_to(project):
        return []
    return [f"cd {quote(str(project.relative_to(here) if project.is_relative_to(here) else project))}"]
