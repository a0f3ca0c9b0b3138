"""What came of a new project."""

from __future__ import annotations

from dataclasses import dataclass

from flaskgen.commands.proposal import Proposal
from flaskgen.effects.python.verification import Verification
from flaskgen.planning.merging.plan import Plan


@dataclass(frozen=True)
class Outcome:
    """A project that was made, and what was seen of it."""

    proposal: Proposal
    plan: Plan
    verification: Verification | None
    """None where nothing was verified."""
