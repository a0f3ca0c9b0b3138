"""Change code that is known to break, where it is certain what has to be written instead.

What only moved is data: ``moved`` and ``arguments`` of a break. The rest is code, by the name of the break.
All else stays as it is, with its comments and its layout.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

import libcst as cst
import libcst.matchers as m
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper, QualifiedNameProvider, QualifiedNameSource

from flaskgen.planning.flask.breaks import Break
from flaskgen.planning.foreign.code_changes import (
    found,
    once_before_requests,
    with_application_context,
    with_g,
    with_imports,
    with_named_arguments,
    with_paths,
    with_same_file,
    without_user_calls,
)
from flaskgen.planning.foreign.flask_script import commands_of_flask
from flaskgen.planning.foreign.json_encoders import with_providers
from flaskgen.planning.python_syntax import NOT_PARSED, names_imported, parse_quietly


def rewrite(text: str, rows: Iterable[Break], encoders: frozenset[str] = frozenset()) -> str:
    """Return the text of a module without what ``rows`` are about, as far as that is certain.

    ``encoders`` are the classes of the project that become providers of JSON.
    """
    chosen = list(rows)
    moved = {old: new for row in chosen for old, new in row.moved.items()}
    arguments: dict[str, dict[str, str]] = {}
    for call, names in (item for row in chosen for item in row.arguments.items()):
        arguments.setdefault(call, {}).update(names)
    try:
        module = cst.parse_module(text)
        for row in chosen:
            if special := _SPECIAL.get(row.id):
                module = special(module)
        if encoders:
            module = with_providers(module, encoders)
        imported = names_imported(ast.walk(parse_quietly(module.code)))
        if moved or arguments:
            mover = _Mover(module, imported, moved, arguments)
            module = with_imports(mover.needed, MetadataWrapper(module).visit(mover))
        return module.code
    except (cst.ParserSyntaxError, *NOT_PARSED):
        return text


class _Mover(m.MatcherDecoratableTransformer):
    """Imports from the modules that have what was moved, and uses its new names."""

    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def __init__(
        self,
        module: cst.Module,
        imported: Mapping[str, str],
        moved: Mapping[str, str],
        arguments: Mapping[str, Mapping[str, str]],
    ) -> None:
        super().__init__()
        self._moved, self._arguments = moved, arguments
        self.needed: dict[str, None] = {}
        """Modules to import as well."""
        self._config = module.config_for_parsing
        self._imported = imported
        self._bound = {node.value for node in found(module, m.Name())}

    @m.call_if_not_inside(m.Try())  # where an import is prepared to fail
    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        if len(updated_node.body) != 1:
            return updated_node
        (statement,) = updated_node.body
        if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
            return updated_node
        lines = self._statements(statement, statement.names)
        if lines is None:
            return updated_node
        kept, *more = lines
        first = updated_node.with_changes(body=[kept])
        return cst.FlattenSentinel([first, *(cst.SimpleStatementLine([one]) for one in more)])

    def _statements(
        self, statement: cst.ImportFrom, aliases: Sequence[cst.ImportAlias]
    ) -> list[cst.BaseSmallStatement] | None:
        """Return the imports instead of one; None if it can stay."""
        module = get_full_name_for_node(statement.module) if statement.module else None
        if statement.relative or module is None:
            return None
        kept: list[cst.ImportAlias] = []
        moved: dict[str, list[str]] = {}
        for alias in aliases:
            name = str(alias.evaluated_name)
            new = _moved_to(f"{module}.{name}", self._moved)
            if new is None:
                kept.append(alias)
                continue
            home, _, new_name = new.rpartition(".")
            bound = alias.evaluated_alias or (name if not home else self._name_for(f"{module}.{name}", new))
            if not home:
                moved[f"import {new}" if bound == new else f"import {new} as {bound}"] = []
            elif self._imported.get(bound) != new:
                named = new_name if bound == new_name else f"{new_name} as {bound}"
                moved.setdefault(f"from {home} import ", []).append(named)
        if len(kept) == len(aliases):
            return None
        lines = [
            cst.parse_statement(f"{begin}{', '.join(names)}\n", self._config)
            for begin, names in moved.items()
        ]
        new_ones = [line.body[0] for line in lines if isinstance(line, cst.SimpleStatementLine)]
        if kept:
            kept[-1] = kept[-1].with_changes(comma=aliases[-1].comma)  # with a line break, or none
            new_ones.insert(0, statement.with_changes(names=kept))
        return new_ones or [cst.Pass()]

    def _name_for(self, old: str, new: str) -> str:
        """Return what a moved name is called in the module: its new name, unless that is taken."""
        name, new_name = old.rpartition(".")[2], new.rpartition(".")[2]
        free = new_name not in self._bound or self._imported.get(new_name) == new
        return new_name if free and "__all__" not in self._bound else name

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        old = self._import_of(original_node)
        new = _moved_to(old, self._moved) if old else None
        if old is None or new is None or original_node.value != old.rpartition(".")[2] or "." not in new:
            return updated_node
        return updated_node.with_changes(value=self._name_for(old, new))

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        old = self._import_of(original_node)
        new = self._moved.get(old) if old else None
        if old is None or new is None or self._import_of(original_node.value) != old.rpartition(".")[0]:
            return updated_node
        home, _, name = new.rpartition(".")
        if home == old.rpartition(".")[0]:
            return updated_node.with_changes(attr=cst.Name(name))
        top = home.partition(".")[0]
        if top in self._bound and self._imported.get(top) != top:
            return updated_node
        if self._imported.get(top) != top:
            self.needed[home] = None
        return cst.parse_expression(new)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        names = self._arguments.get(self._import_of(original_node.func) or "", {})
        given = {one.keyword.value for one in updated_node.args if one.keyword}
        new = {old: cst.Name(name) for old, name in names.items() if name not in given}
        args = [
            one.with_changes(keyword=one.keyword and new.get(one.keyword.value, one.keyword))
            for one in updated_node.args
        ]
        return updated_node.with_changes(args=args)

    def _import_of(self, node: cst.CSTNode) -> str | None:
        """Return the dotted name of what a node means, if it certainly is something that was imported."""
        names = list(self.get_metadata(QualifiedNameProvider, node, ()))
        one = names[0] if len(names) == 1 else None
        return one.name if one and one.source is QualifiedNameSource.IMPORT else None


def _moved_to(dotted: str, moved: Mapping[str, str]) -> str | None:
    """Return where something is now: itself, or the module that it was in."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        prefix, rest = ".".join(parts[:length]), parts[length:]
        if prefix in moved:
            return ".".join([moved[prefix], *rest])
        if any_of := moved.get(".".join([*parts[: length - 1], "*"])):
            return ".".join([any_of.replace("*", parts[length - 1]), *rest])
    return None


_SPECIAL: Mapping[str, Callable[[cst.Module], cst.Module]] = {
    "is-authenticated": without_user_calls,
    "before-first-request": once_before_requests,
    "flask-context-stacks": with_g,
    "flask-script": commands_of_flask,
    "flask-sqlalchemy-context": with_application_context,
    "flask-sqlalchemy-paginate": with_named_arguments,
    "flask-sqlalchemy-relative-path": with_same_file,
    "location-header": with_paths,
    "location-header-flask-2.1": with_paths,
}
