"""Calls and imports in generated code, laid out as ruff does: on one line, or below each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

WIDTH = 88


class Call(NamedTuple):
    """What opens, its arguments, and what closes: ``sa.String(``, ``120``, ``)``."""

    head: str
    arguments: tuple[str | Call, ...]
    tail: str = ")"

    def __str__(self) -> str:
        return self.head + ", ".join(map(str, self.arguments)) + self.tail

    def lines(self, indent: int, end: str = "") -> list[str]:
        """Return it as lines of a module, each from ``indent`` on, with ``end`` behind the last."""
        pad = " " * indent
        if indent + len(str(self)) + len(end) <= WIDTH or not self.arguments:
            return [pad + str(self) + end]
        inner = indent + 4
        joined = ", ".join(map(str, self.arguments))
        only = self.arguments[0] if len(self.arguments) == 1 else None
        if isinstance(only, Call) and self.head.endswith("["):
            body = only.lines(inner, ",")
        elif inner + len(joined) <= WIDTH and not self.head.endswith("["):
            body = [" " * inner + joined]
        else:
            body = [line for argument in self.arguments for line in _argument(argument, inner)]
        return [pad + self.head, *body, pad + self.tail + end]


def _argument(argument: str | Call, indent: int) -> Sequence[str]:
    return argument.lines(indent, ",") if isinstance(argument, Call) else [f"{' ' * indent}{argument},"]


def laid_out(call: Call, indent: int = 4) -> str:
    """Return a statement of a class body, without the line's end."""
    target, equals, function = call.head.rpartition(" = ")
    if not equals or indent + len(call.head) <= WIDTH:
        return "\n".join(call.lines(indent))
    pad = " " * indent
    value = Call(function, call.arguments, call.tail)
    return "\n".join([f"{pad}{target} = (", *value.lines(indent + 4), f"{pad})"])


def lay_out(head: str, arguments: Sequence[str], tail: str = ")") -> str:
    """Return a call for a template, which is indented as its ``head`` is."""
    return laid_out(Call(head.lstrip(), tuple(arguments), tail), len(head) - len(head.lstrip()))


def import_of(module: str, names: Iterable[str]) -> str:
    """Return the import of names, as isort has it; nothing without names."""
    ordered = sorted(names, key=lambda name: (name[0].islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if not ordered or len(line) <= WIDTH:
        return line if ordered else ""
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in ordered), ")"])
