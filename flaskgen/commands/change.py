"""Change what a project is made of: the one way of `add`, `remove`, `option` and `update`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from flaskgen.commands.change_packages import ProjectPackages
from flaskgen.commands.change_proposal import ChangeProposal
from flaskgen.effects.system.interruptions import interruptions_held
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.project_change import (
    PackageLines,
    announce_packages,
    make_change,
    withdraw_announcement,
)
from flaskgen.errors import MergeConflict
from flaskgen.planning.merging.plan import Plan
from flaskgen.planning.packages.package_change import PackageChange
from flaskgen.planning.packages.pins import Pin


@dataclass(frozen=True)
class ChangeOutcome:
    """A change that was made."""

    proposal: ChangeProposal
    frozen: Mapping[PurePosixPath, bytes]
    """Requirements files that were written."""
    uninstalled: tuple[Pin, ...]
    """Packages that went."""


def apply_change(proposal: ChangeProposal, *, session: Session) -> ChangeOutcome:
    """Make the proposed change: packages first, then every file at once, the record among them.

    Raises MergeConflict, before anything is done, where the plan has conflicts that are not settled. Any
    failure leaves files and environment as they were.
    """
    require_settled(proposal.plan)
    project, environment = proposal.project.path, proposal.environment
    packages, frozen = proposal.packages or PackageChange(), dict(proposal.frozen)
    lines = _lines(packages, environment)
    uninstalled: tuple[Pin, ...] = ()
    made = False
    try:
        if environment:
            announce_packages(project, lines, title=proposal.title)
            environment.install(packages, session=session)
            with session.reporter.step("Freeze requirements.txt"):
                frozen = environment.freeze(packages, session=session)
        with interruptions_held():
            with session.reporter.step("Write the project's files"):
                _write(proposal, frozen, lines)
                made = True
            if environment:
                uninstalled = environment.uninstall(packages, session=session)
    except BaseException as error:
        if made:
            error.add_note("the change is made; `flaskgen undo` takes it back")
        elif environment:
            with interruptions_held():
                environment.withdraw(packages, lines.entries, session=session)
                withdraw_announcement(project)
        raise
    return ChangeOutcome(proposal, frozen, uninstalled)


def require_settled(plan: Plan) -> None:
    """Raise MergeConflict, with a note for each place, where a person has to decide."""
    open_ones = [change for change in plan.conflicts if change.content is None]
    if not open_ones:
        return
    places = sum(len(change.hunks) or 1 for change in open_ones)
    error = MergeConflict(
        f"your edits and the change meet in {places} place{'s' if places > 1 else ''}; nothing was changed",
        hint="--conflict markers writes both versions for you to choose from; "
        "theirs and ours take the change's or your lines",
    )
    for change in open_ones:
        for hunk in change.hunks:
            yours = hunk.ours[0].strip() if hunk.ours else "(removed)"
            new = hunk.theirs[0].strip() if hunk.theirs else "(removed)"
            error.add_note(f"{change.path}:{hunk.line}: you have `{yours}`, the change has `{new}`")
        if not change.hunks:
            reason = "; ".join(change.notes) or "is there already, and not as the change has it"
            error.add_note(f"{change.path} {reason}")
    raise error


def _write(proposal: ChangeProposal, frozen: Mapping[PurePosixPath, bytes], packages: PackageLines) -> None:
    contents: dict[PurePosixPath, bytes | None] = {
        change.path: change.content for change in (*proposal.plan.written, *proposal.plan.deleted)
    }
    make_change(
        proposal.project.path,
        {**contents, **frozen, **proposal.record},
        title=proposal.title,
        private=proposal.project.secret_files(proposal.spec),
        packages=packages,
    )


def _lines(packages: PackageChange, environment: ProjectPackages | None) -> PackageLines:
    going = (*packages.uninstall, *packages.replaced.values())
    return PackageLines(
        installed=tuple(pin.line for pin in packages.install),
        uninstalled=tuple(pin.line for pin in going),
        entries=tuple(sorted(environment.entries())) if environment else (),
    )
