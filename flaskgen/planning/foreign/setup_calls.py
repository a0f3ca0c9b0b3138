"""The calls of ``setup`` in a setup.py, which is not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from flaskgen.planning.foreign.source import last_name, parse_quietly


def setup_calls(text: str) -> Iterator[Mapping[str | None, Any]]:
    """Yield what is written out in each, also in a part of a list; the rest is None. Raises NOT_PARSED."""
    tree = parse_quietly(text)
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    assigned = [
        (target.id, node.value)
        for node in sorted(assignments, key=lambda node: node.lineno)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]

    def value_of(node: ast.expr, before: int = len(assigned)) -> Any:
        if isinstance(node, ast.Name):
            places = [place for place, (name, _) in enumerate(assigned[:before]) if name == node.id]
            return value_of(assigned[places[-1]][1], places[-1]) if places else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = value_of(node.left, before), value_of(node.right, before)
            if isinstance(left, str) or isinstance(right, str):
                return left + right if isinstance(left, str) and isinstance(right, str) else None
            return [*lines_of(left), *lines_of(right)]
        if isinstance(node, (ast.List, ast.Tuple)):
            parts = (part.value if isinstance(part, ast.Starred) else part for part in node.elts)
            return [line for part in parts for line in lines_of(value_of(part, before))]
        with suppress(ValueError):
            return ast.literal_eval(node)
        return None

    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) == "setup":
            yield {keyword.arg: value_of(keyword.value) for keyword in node.keywords}


def lines_of(value: Any) -> list[str]:
    """Return the lines of a text or of a list of texts that say something."""
    lines = (
        value.splitlines() if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    )
    return [line.strip() for line in lines if isinstance(line, str) and line.strip()]
