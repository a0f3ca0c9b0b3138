"""The table of attacks: each is a fact about the application, and tries to refute it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.attack.site import Site

Try = tuple[str, bool, object]
"""What was sent, whether the application withstood it, and what it answered."""
MOST_SHOWN = 5


@dataclass(frozen=True)
class Attack:
    """One row of the table."""

    subject: str
    fact: str
    expected: str
    """What the application has to do with each try."""
    tries: Callable[[Site], Iterator[Try]]
    known: str = ""
    """Why it is known to succeed, for as long as it does."""


ATTACKS: dict[str, Attack] = {}
"""By their facts, in the order of the run."""


def attack(
    subject: str, fact: str, expected: str, known: str = ""
) -> Callable[..., Callable[[Site], Iterator[Try]]]:
    """Put a generator of tries into the table."""

    def add(tries: Callable[[Site], Iterator[Try]]) -> Callable[[Site], Iterator[Try]]:
        assert fact not in ATTACKS, fact
        ATTACKS[fact] = Attack(subject, fact, expected, tries, known)
        return tries

    return add


@dataclass
class Result:
    """What became of an attack."""

    attack: Attack
    tries: int = 0
    succeeded: list[str] = field(default_factory=list)
    """The tries that got through."""
    broke_off: str = ""
    """What kept the attack from being tried whole."""

    @property
    def held(self) -> bool:
        return self.tries > 0 and not self.succeeded and not self.broke_off

    def __str__(self) -> str:
        known = f" ({self.attack.known})" if self.attack.known else ""
        outcome = "held" if self.held else f"FAILED{known}: {len(self.succeeded)} got through"
        lines = [f"{self.attack.subject:<11} {self.attack.fact}: {self.tries} tries, {outcome}"]
        if not self.held:
            lines.append(f"{'':<11}   expected: {self.attack.expected}")
            shown = [*self.succeeded[:MOST_SHOWN], *([self.broke_off] if self.broke_off else [])]
            lines += [f"{'':<11}   {found}" for found in shown]
        return "\n".join(lines)


def run(attack: Attack, site: Site, *, until_one_succeeds: bool = False) -> Result:
    """Make the tries of an attack. A run that breaks off has failed: what it did not try is not withstood."""
    result = Result(attack)
    try:
        for sent, withstood, answer in attack.tries(site):
            result.tries += 1
            if not withstood:
                result.succeeded.append(f"{sent[:120]!r}: {answer}")
                if until_one_succeeds:
                    break
    except (AssertionError, OSError) as error:
        result.broke_off = f"broke off: {error!r}"
    return result
