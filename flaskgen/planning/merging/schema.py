"""How the tables of the models change, and what to do with a database that exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.definitions import is_application_code
from flaskgen.planning.merging.models import Column, constant_text, keyword, models_of
from flaskgen.planning.merging.revisions import Revision
from flaskgen.planning.merging.syntax import parse_python, statements_and_calls
from flaskgen.planning.python_syntax import last_name
from flaskgen.planning.templates.tree import Tree, encode, without
from flaskgen.reporting import first_of

_MODELS = re.compile(rb"\b(?:Column|mapped_column|Mapped)\b")
_MOST_FACTS = 4
_LONGEST_TITLE = 60


class Fate(Enum):
    """What becomes of a table or a column."""

    NEW = auto()
    GONE = auto()
    CHANGED = auto()


class SchemaChange(NamedTuple):
    """What becomes of a table, or of a column in a table that stays."""

    fate: Fate
    table: str
    column: Column | None = None
    """As it is afterwards, or was if it is gone; None for the whole table."""
    was: Column | None = None
    """Of a changed column."""

    @property
    def name(self) -> str:
        """The name in the form ``user.email``, or ``user`` for the whole table."""
        return f"{self.table}.{self.column.name}" if self.column else self.table

    @property
    def leaves_rows_without_value(self) -> bool:
        """Whether rows that exist have no value for the column, which needs one."""
        if self.column is None or self.column.nullable or self.fate is Fate.GONE:
            return False
        return self.was is None or self.was.nullable

    def __str__(self) -> str:
        if not self.column or not self.was:
            return f"`{self.name}` is {self.fate.name.lower()}"
        facts = []
        if _types_differ(self.column, self.was):
            facts.append(f"is {self.column.type} instead of {self.was.type}")
        if self.column.nullable is not self.was.nullable:
            facts.append("may be null now" if self.column.nullable else "may not be null any more")
        return f"`{self.name}` {' and '.join(facts)}"


def schema_changes(before: Tree, after: Tree) -> tuple[SchemaChange, ...]:
    """Compare the models of two trees, of rendered files or of the user's; nothing is imported."""
    old, new = _model_files(before), _model_files(after)
    same = frozenset(path for path in old.keys() & new.keys() if old[path] == new[path])
    return tuple(_compare(columns_by_table(without(old, same)), columns_by_table(without(new, same))))


def columns_by_table(tree: Tree) -> dict[str, dict[str, Column]]:
    """Return the columns of each table of an application, by name; a module that cannot be read has none."""
    modules = [module for content in _model_files(tree).values() if (module := parse_python(content))]
    models = (model for module in modules for model in models_of(statements_and_calls(module)))
    return {model.table: {column.name: column for column in model.columns} for model in models if model.table}


def _model_files(tree: Tree) -> dict[PurePosixPath, bytes]:
    contents = ((path, encode(tree[path])) for path in tree if is_application_code(path))
    return {path: content for path, content in contents if _MODELS.search(content)}


def _compare(
    before: dict[str, dict[str, Column]], after: dict[str, dict[str, Column]]
) -> Iterator[SchemaChange]:
    for table in sorted(before.keys() | after.keys()):
        if table not in before:
            yield SchemaChange(Fate.NEW, table)
        elif table not in after:
            yield SchemaChange(Fate.GONE, table)
        else:
            old, new = before[table], after[table]
            for name in dict.fromkeys((*new, *old)):
                if name not in old:
                    yield SchemaChange(Fate.NEW, table, new[name])
                elif name not in new:
                    yield SchemaChange(Fate.GONE, table, old[name])
                elif _types_differ(old[name], new[name]) or old[name].nullable is not new[name].nullable:
                    yield SchemaChange(Fate.CHANGED, table, new[name], old[name])


def _types_differ(one: Column, other: Column) -> bool:
    """Return whether two columns have types that the code names, and other ones."""
    return len({one.type, other.type} - {None}) > 1


def next_revision(changes: Sequence[SchemaChange], command: str) -> Revision:
    """Return the revision for some changes of the models."""
    title = _title(changes)
    lost = [change.name for change in changes if change.fate is Fate.GONE]
    loss = f"the data in {_quoted(lost)} is deleted" if lost else ""
    needing = [change.name for change in changes if change.leaves_rows_without_value]
    care = [f"rows that exist need a value for {_quoted(needing)}"] if needing else []
    care += [loss] if loss else []
    return Revision(
        title,
        f'{command} db migrate -m "{title}"',
        f"{command} db upgrade  # {loss or 'change the tables'}",
        f"the models changed: {first_of([*map(str, changes)], _MOST_FACTS)}",
        tuple(care),
    )


def _title(changes: Sequence[SchemaChange]) -> str:
    verbs = {Fate.NEW: "add", Fate.CHANGED: "change", Fate.GONE: "remove"}
    names = {fate: [change.name for change in changes if change.fate is fate] for fate in verbs}
    title = ", ".join(f"{verbs[fate]} {' and '.join(found)}" for fate, found in names.items() if found)
    return title if len(title) <= _LONGEST_TITLE else "follow the models"


def steps_without_migrations(changes: Sequence[SchemaChange], command: str) -> Iterator[str]:
    """Yield what to type after a change in a project that makes tables and never changes one.

    ``command`` runs the application's commands.
    """
    columns = [change for change in changes if change.column]
    lacking = [change.name for change in columns if change.fate is Fate.NEW]
    required = [
        one.name for one in columns if one.fate is Fate.GONE and one.column and not one.column.nullable
    ]
    changed = [str(change) for change in columns if change.fate is Fate.CHANGED]
    facts = [
        *([f"lacks {_quoted(lacking)}"] if lacking else []),
        *([f"still requires {_quoted(required)}"] if required else []),
        *([f"does not follow: {first_of(changed, _MOST_FACTS)}"] if changed else []),
    ]
    tables = [change.name for change in changes if change.fate is Fate.NEW and not change.column]
    if facts:
        yield f"{command} init-db  # after you delete an existing database, which {' and '.join(facts)}"
        # The first revision has to be that of the tables in the database.
        again = f"`flaskgen add migrate`, `{command} init-db` and this change again"
        yield f"flaskgen undo  # instead, to keep the data; then {again}"
    elif tables:
        yield f"{command} init-db  # create the new tables: {_quoted(tables)}"


def tables_left(changes: Iterable[SchemaChange]) -> Iterator[str]:
    """Yield what to say about tables that no model has any more, if nothing drops them."""
    gone = [change.name for change in changes if change.fate is Fate.GONE and not change.column]
    if gone:
        again = "drop a table before another gets its name"
        yield f"an existing database keeps {_quoted(gone)} and the rows: {again}"


def _quoted(names: Iterable[str]) -> str:
    return first_of([f"`{name}`" for name in names], _MOST_FACTS)


def problem_with_rows(revision: str) -> str | None:
    """Return why a revision fails if the tables have rows; None if it does not.

    It does on a column that is added and required, without a default of the server, and on one that becomes
    required.
    """
    module = parse_python(revision.encode())
    functions = [node for node in (module.body if module else ()) if isinstance(node, ast.FunctionDef)]
    calls = (found for node in functions if node.name == "upgrade" for found in _calls(node.body))
    columns = [f"{table}.{name}" for table, call in calls for name in _required(call)]
    return f"rows that exist need a value for {_quoted(columns)}" if columns else None


def _calls(body: Iterable[ast.stmt], table: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Yield the operations on tables, each with the table's name."""
    for statement in body:
        match statement:
            case ast.With(items=[ast.withitem(context_expr=ast.Call(args=[name, *_]))], body=inner):
                yield from _calls(inner, constant_text(name) or "")
            case ast.Expr(value=ast.Call() as call):
                yield table or constant_text(call.args[0] if call.args else None) or "", call


def _required(call: ast.Call) -> Iterator[str]:
    match last_name(call.func):
        case "add_column":
            for column in (part for part in call.args if isinstance(part, ast.Call) and part.args):
                if _is_required(column) and keyword(column, "server_default") is None:
                    yield constant_text(column.args[0]) or ""
        case "alter_column" if _is_required(call):
            names = [text for argument in call.args if (text := constant_text(argument))]
            yield names[-1] if names else ""


def _is_required(call: ast.Call) -> bool:
    nullable = keyword(call, "nullable")
    return isinstance(nullable, ast.Constant) and nullable.value is False
