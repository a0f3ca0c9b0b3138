"""The imports of a module, read and added to without changing its layout."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m
from libcst.helpers import get_full_name_for_node


def names_imported(module: cst.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that a module imports, and what they mean."""
    for node in m.findall(module, m.Import() | m.ImportFrom()):
        if isinstance(node, cst.Import):
            for alias in node.names:
                dotted = str(alias.evaluated_name)
                top = dotted.partition(".")[0]
                yield alias.evaluated_alias or top, dotted if alias.evaluated_alias else top
        elif isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
            home = get_full_name_for_node(node.module) if node.module and not node.relative else None
            for alias in node.names:
                name = str(alias.evaluated_name)
                yield alias.evaluated_alias or name, f"{home}.{name}" if home else ""


def with_import(name: str, module: cst.Module) -> cst.Module:
    """Return a module that also imports another, after its first imports."""
    if (name, name) in names_imported(module):
        return module
    imports = m.SimpleStatementLine([m.Import() | m.ImportFrom()])
    docstring = m.SimpleStatementLine([m.Expr(m.SimpleString())])
    place = next((number for number, one in enumerate(module.body) if m.matches(one, imports)), None)
    if place is None:
        place = 1 if module.body and m.matches(module.body[0], docstring) else 0
    while place < len(module.body) and m.matches(module.body[place], imports):
        place += 1
    line = cst.parse_statement(f"import {name}\n", module.config_for_parsing)
    return module.with_changes(body=[*module.body[:place], line, *module.body[place:]])
