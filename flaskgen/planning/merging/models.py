"""The models and tables in a module's syntax: of Flask-SQLAlchemy, and of SQLAlchemy itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeGuard

from flaskgen.planning.python_syntax import last_name

_CAPITAL = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")
_COLUMNS = frozenset({"Column", "mapped_column"})
_NO_TYPES = frozenset({"ForeignKey", "Sequence", "Identity", "Computed", "FetchedValue", "CheckConstraint"})
_TYPE_OF_ANNOTATION = {
    "int": "Integer",
    "str": "String",
    "bool": "Boolean",
    "float": "Float",
    "bytes": "LargeBinary",
    "datetime": "DateTime",
    "date": "Date",
    "time": "Time",
    "timedelta": "Interval",
    "Decimal": "Numeric",
    "UUID": "Uuid",
}


class Column(NamedTuple):
    """A column as the code writes it."""

    name: str
    type: str | None
    """In SQLAlchemy's words, ``String(254)``; None if the code does not say."""
    nullable: bool
    line: int


class Model(NamedTuple):
    """A class whose instances are rows, or a table alone."""

    class_name: str | None
    table: str | None
    """None for a class in another database, and if ``__table__`` is assigned."""
    columns: tuple[Column, ...]
    line: int


def models_of(nodes: Iterable[ast.AST]) -> Iterator[Model]:
    """Yield the models and tables among the nodes of a module."""
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            if model := _model(node):
                yield model
        elif isinstance(node, ast.Call) and last_name(node.func) == "Table" and node.args:
            written = [(one, constant_text(one.args[0])) for one in node.args if _is_column(one) and one.args]
            columns = tuple(_column(name, one, None, one.lineno) for one, name in written if name)
            table = constant_text(node.args[0])
            if columns and table is not None:
                yield Model(None, table, columns, node.lineno)


def constant_text(node: ast.expr | None) -> str | None:
    """Return a text that is written out."""
    match node:
        case ast.Constant(value=str(text)):
            return text
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _model(node: ast.ClassDef) -> Model | None:
    """Return the model that a class is; None for another one, and for one to inherit from."""
    values = {name: value for name, _, value in assigned(node.body)}
    columns = tuple(_columns(node))
    bases = [last_name(base) for base in node.bases]
    named = not values.keys().isdisjoint({"__tablename__", "__table__"})
    has_base = any(base.endswith(("Model", "Base")) for base in bases) and not node.name.endswith("Mixin")
    is_model = named or "Model" in bases or (columns and (has_base or _has_key(node)))
    if not is_model or "__abstract__" in values:
        return None
    table = None
    if values.keys().isdisjoint({"__table__", "__bind_key__"}):
        by_default = _CAPITAL.sub(r"_\1", node.name).lower().lstrip("_")  # of Flask-SQLAlchemy
        table = constant_text(values.get("__tablename__")) or by_default
    return Model(node.name, table, columns, node.lineno)


def assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """Yield the names that some statements assign, each with its annotation and its value."""
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, None, value
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield name, annotation, value


def _has_key(node: ast.ClassDef) -> bool:
    """Return whether a class has a primary key of its own, and so a table."""
    values = (value for _, _, value in assigned(node.body) if _is_column(value))
    return any(_is_true(keyword(value, "primary_key")) for value in values)


def _is_column(node: ast.expr | None) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and last_name(node.func) in _COLUMNS


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _columns(node: ast.ClassDef) -> Iterator[Column]:
    for name, annotation, value in assigned(node.body):
        mapped = _mapped_type(annotation)
        if _is_column(value):
            yield _column(name, value, mapped, (annotation or value).lineno)
        elif value is None and mapped and last_name(_without_none(mapped)[0]) in _TYPE_OF_ANNOTATION:
            # No relationship: the annotation alone makes a column.
            yield _column(name, None, mapped, mapped.lineno)


def _column(name: str, call: ast.Call | None, mapped: ast.expr | None, line: int) -> Column:
    arguments = call.args if call else []
    given = constant_text(arguments[0]) if arguments else None
    written = next(filter(_is_type, arguments), keyword(call, "type_") if call else None)
    inner, optional = _without_none(mapped) if mapped else (None, False)
    annotated = last_name(inner)
    required = keyword(call, "nullable") if call else None
    if isinstance(required, ast.Constant):
        nullable = bool(required.value)
    elif call and _is_true(keyword(call, "primary_key")):
        nullable = False
    else:
        nullable = optional or mapped is None
    type_ = _type_text(written) if written else _TYPE_OF_ANNOTATION.get(annotated, annotated or None)
    return Column(given or name, type_, nullable, line)


def _is_type(argument: ast.expr) -> bool:
    called = argument.func if isinstance(argument, ast.Call) else argument
    return constant_text(argument) is None and last_name(called) not in _NO_TYPES


def _type_text(node: ast.expr) -> str:
    """Return a type as it is written, without the module it is from."""
    if isinstance(node, ast.Call):
        arguments = [ast.unparse(part) for part in (*node.args, *node.keywords)]
        return f"{last_name(node.func)}({', '.join(arguments)})" if arguments else last_name(node.func)
    return last_name(node) or ast.unparse(node)


def _mapped_type(annotation: ast.expr | None) -> ast.expr | None:
    """Return what is in the brackets of ``Mapped``; None for another annotation."""
    match annotation:
        case ast.Subscript(value=value, slice=inner) if last_name(value) == "Mapped":
            return inner
    return None


def _without_none(node: ast.expr) -> tuple[ast.expr, bool]:
    """Return a type without the None in it, and whether there was one."""
    match node:
        case (
            ast.BinOp(left=inner, op=ast.BitOr(), right=ast.Constant(value=None))
            | ast.BinOp(left=ast.Constant(value=None), op=ast.BitOr(), right=inner)
        ):
            return inner, True
        case ast.Subscript(value=value, slice=inner) if last_name(value) == "Optional":
            return inner, True
    return node, False
