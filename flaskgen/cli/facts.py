"""Show facts on stdout: all of them as a table, one in detail, or either as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import click


class Facts(Protocol):
    """What there is to say about one thing."""

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON shows."""


_Facts = TypeVar("_Facts", bound=Facts)


def show_facts(
    facts: Sequence[_Facts],
    *,
    only_one: bool,
    as_json: bool,
    show_one: Callable[[_Facts], None],
    show_all: Callable[[Sequence[_Facts]], None],
) -> None:
    """Show the facts; ``only_one`` shows the first, as an object instead of a list."""
    if as_json:
        found = [fact.as_dict() for fact in facts]
        click.echo(json.dumps(found[0] if only_one else found, indent=2))
    elif only_one:
        show_one(facts[0])
    else:
        show_all(facts)


def show_list(title: str, lines: Sequence[str]) -> None:
    """Print lines below a title, or nothing if there are none."""
    if lines:
        click.echo(f"\n{title}:")
        for line in lines:
            click.echo(f"  {line}")


def aligned(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return names and what each means in two columns, a line each."""
    rows = list(pairs)
    width = max((len(first) for first, _ in rows), default=0)
    return [f"{first:<{width}}  {second}" for first, second in rows]
