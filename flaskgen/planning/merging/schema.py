"""How the tables of the models change, and what to do with a database that exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.definitions import is_application_code
from flaskgen.planning.merging.models import Column, models_of, tables_of
from flaskgen.planning.merging.syntax import parse_python
from flaskgen.planning.templates.tree import Tree, encode

_MODELS = re.compile(rb"\b(?:Column|mapped_column|Mapped)\b")
_LONGEST_MESSAGE = 60
_MOST_FACTS = 4


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
    if _model_files(before) == _model_files(after):
        return ()
    return tuple(_compare(columns_by_table(before), columns_by_table(after)))


def columns_by_table(tree: Tree) -> dict[str, dict[str, Column]]:
    """Return the columns of each table of an application, by name; a module that cannot be read has none."""
    modules = [module for content in _model_files(tree).values() if (module := parse_python(content))]
    return tables_of(model for module in modules for model in models_of(ast.walk(module)))


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


def schema_steps(
    changes: Sequence[SchemaChange], *, command: str, migrations: bool, others: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return what to type after a change, with ``others``, the next steps of the extensions.

    ``command`` runs the application's commands. With ``migrations`` the project writes revisions; without,
    it makes tables and never changes one. A step for the schema replaces one that runs the same command.
    """
    steps = tuple((_migrate if migrations else _make_tables)(changes, command)) if changes else ()
    own = {_command_of(step) for step in steps}
    return (*steps, *(other for other in others if _command_of(other) not in own))


def _command_of(step: str) -> str:
    """Return a step without its options and its reason."""
    return re.split(r" +(?:-|#)", step)[0]


def _migrate(changes: Sequence[SchemaChange], command: str) -> Iterator[str]:
    yield f'{command} db migrate -m "{_message(changes)}"  # the models changed: {_listed(map(str, changes))}'
    needing = [change.name for change in changes if _leaves_rows_without_value(change)]
    lost = [change.name for change in changes if change.fate is Fate.GONE]
    reasons = []
    if needing:
        reasons.append(f"rows that exist need a value for {_names(needing)}")
    if lost:
        reasons.append(f"the data in {_names(lost)} is deleted")
    why = f"read the revision first: {', and '.join(reasons)}" if reasons else "change the tables as it says"
    yield f"{command} db upgrade  # {why}"


def _make_tables(changes: Sequence[SchemaChange], command: str) -> Iterator[str]:
    tables = [change.name for change in changes if change.fate is Fate.NEW and not change.column]
    if tables:
        yield f"{command} init-db  # create the new tables: {_names(tables)}"
    columns = [change for change in changes if change.column]
    lacking = [change.name for change in columns if change.fate is Fate.NEW]
    required = [change.name for change in columns if change.fate is Fate.GONE and not _is_nullable(change)]
    changed = [str(change) for change in columns if change.fate is Fate.CHANGED]
    facts = []
    if lacking:
        facts.append(f"lacks {_names(lacking)}")
    if required:
        facts.append(f"still requires {_names(required)}")
    if changed:
        facts.append(f"does not follow: {_listed(changed)}")
    if facts:
        why = f"an existing database {' and '.join(facts)}; `{command} init-db` only creates new tables"
        yield f"flaskgen add migrate  # {why}"


def _message(changes: Sequence[SchemaChange]) -> str:
    """Return the title of a revision."""
    verbs = {Fate.NEW: "add", Fate.CHANGED: "change", Fate.GONE: "remove"}
    names = {fate: [change.name for change in changes if change.fate is fate] for fate in verbs}
    message = ", ".join(f"{verbs[fate]} {' and '.join(found)}" for fate, found in names.items() if found)
    return message if len(message) <= _LONGEST_MESSAGE else "follow the models"


def _leaves_rows_without_value(change: SchemaChange) -> bool:
    if change.column is None or change.column.nullable or change.fate is Fate.GONE:
        return False
    return change.was is None or change.was.nullable


def _is_nullable(change: SchemaChange) -> bool:
    return change.column is not None and change.column.nullable


def _names(names: Iterable[str]) -> str:
    return _listed(f"`{name}`" for name in names)


def _listed(facts: Iterable[str]) -> str:
    first, more = (found := list(facts))[:_MOST_FACTS], len(found) - _MOST_FACTS
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")
