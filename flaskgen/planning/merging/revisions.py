"""The revision of the tables that a change of the models needs, where the project has migrations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_FIRST = "First tables"


class Revision(NamedTuple):
    """A revision that is written once, in the project's environment, and what to type for it."""

    title: str
    write: str
    """The command that writes it, for a person to type."""
    apply: str
    """The command that applies it, with the reason."""
    why: str = "write the revision that creates the tables"
    care: tuple[str, ...] = ()
    """What a person has to look at before it is applied."""

    def steps_by_hand(self, problem: str | None = None) -> tuple[str, ...]:
        """Return what to type if it is not written, because of the problem if there is one."""
        why = f"flaskgen could not write it: {problem}" if problem else self.why
        apply = self.apply
        if self.care:
            apply = f"{apply.partition('  #')[0]}  # read the revision first: {', and '.join(self.care)}"
        return f"{self.write}  # {why}", apply


def first_revision(command: str, *, is_new: bool) -> Revision:
    """Return the revision with all tables; unless ``is_new``, a database may have some of them."""
    apply = f"{command} db upgrade  # create the tables"
    if not is_new:
        apply = (
            f"{command} init-db  # create the tables; if a database has those of the models, the data stays"
        )
    return Revision(_FIRST, f'{command} db migrate -m "{_FIRST}"', apply)


def other_steps(steps: Iterable[str], own: Iterable[str]) -> tuple[str, ...]:
    """Return the steps of extensions without those that run a command of the ``own`` ones."""
    commands = set(map(_command_of, own))
    return tuple(step for step in steps if _command_of(step) not in commands)


def _command_of(step: str) -> str:
    """Return a step without its options and its reason."""
    return re.split(r" +(?:-|#)", step)[0]
