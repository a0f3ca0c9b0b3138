"""What a field is in the generated code, and values for its tests."""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from flaskgen.planning.resources.fields import Field
from flaskgen.planning.resources.layout import Call, import_of
from flaskgen.planning.resources.resource import Resource
from flaskgen.planning.resources.type_code import TYPE_CODES, TypeCode
from flaskgen.planning.resources.types import LONGEST_TEXT, SHORT
from flaskgen.planning.words import snake_case

MODULES = ("datetime", "decimal", "uuid")
"""What values of fields are written with."""
_LENGTHS = {"text": LONGEST_TEXT, "email": 254, "url": 2000}


class Model(NamedTuple):
    """A model that a relation leads to."""

    name: str
    module: str
    """Where it is, from a module of the resource: ``..auth.users``."""
    table: str
    has_owner: bool = False
    """Whether each row is the business of one user."""

    @property
    def made(self) -> str:
        """The number of a row that the tests make, as Python."""
        return f"make_{self.table}({'owner_id=me()' if self.has_owner else ''}).id"


class FieldCode(NamedTuple):
    """A field as templates see it."""

    field: Field
    owner: Resource
    target: Model | None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def label(self) -> str:
        return self.field.label

    @property
    def type(self) -> str:
        """The name of the type; ``one`` or ``many`` of a relation."""
        return self.field.type.name if self.field.type else "many" if self.field.many else "one"

    @property
    def optional(self) -> bool:
        return self.field.optional

    @property
    def unique(self) -> bool:
        return self.field.unique

    @property
    def leads_to_owner(self) -> bool:
        """Whether it relates rows of one table."""
        return self.target is not None and self.target.name == self.owner.name

    @property
    def model(self) -> Model:
        """The target, of a relation."""
        assert self.target is not None  # noqa: S101 - only asked of relations
        return self.target

    @property
    def attribute(self) -> str:
        """The column's name: that of a relation ends with ``_id``."""
        return f"{self.name}_id" if self.type == "one" else self.name

    @property
    def is_text(self) -> bool:
        """Whether people search in it."""
        return self.type in ("str", "text", "email", "url", "slug")

    @property
    def is_file(self) -> bool:
        return self.type == "file"

    @property
    def is_typed(self) -> bool:
        """Whether people type it into the form, and choose neither a row nor a file."""
        return self.in_form and not self.target and not self.is_file

    @property
    def longest(self) -> int | None:
        """The most characters that it can have."""
        return int(self.field.arguments[0]) if self.type in ("str", "slug") else _LENGTHS.get(self.type)

    @property
    def choices(self) -> tuple[str, ...]:
        return self.field.arguments if self.type == "enum" else ()

    @property
    def table(self) -> str:
        """The name of the table between two models."""
        return f"{self.owner.singular}_{self.name}"

    @property
    def type_code(self) -> TypeCode:
        """How its type is written; of a field that is no relation."""
        return TYPE_CODES[self.type]

    @property
    def default(self) -> str | None:
        """What a row has if nothing was said, as Python."""
        return None if self.field.default is None else self._literal(self.field.default)

    @property
    def imports(self) -> Iterator[tuple[str, str]]:
        """What its statements use of the application's models: modules, each with a name."""
        if self.field.default == "now" and self.type in ("time", "datetime"):
            yield "..models", "now"
        if self.target:
            yield ".models" if self.leads_to_owner else self.target.module, self.target.name

    @property
    def is_union(self) -> bool:
        """Whether the annotation of its column has to say that it can be None."""
        return self.optional and self.type != "json"

    @property
    def in_form(self) -> bool:
        """Whether people fill it in: users are those who are logged in."""
        return not (self.target and self.target.name == "User")

    @property
    def samples(self) -> tuple[str, str]:
        """Two valid values, as forms send them."""
        if self.target:
            return "1", "1"
        if self.type == "enum":
            return self.field.arguments[0], self.field.arguments[1]
        one, other = self.type_code.samples
        if self.type == "decimal":  # the largest
            digits, places = map(int, self.field.arguments)
            one = f"{'9' * (digits - places) or 0}.{'9' * places}".rstrip(".")
        if self.type in ("str", "slug"):
            longest = int(self.field.arguments[0])
            one, other = one[:longest].strip("-"), other[:longest].strip("-")
        return one, other

    @property
    def typed(self) -> tuple[str, str]:
        """The same, as Python."""
        one, other = self.samples
        return quoted(one), quoted(other)

    @property
    def stored(self) -> str:
        """What the database has of it then, as a line of a dictionary."""
        return _entry(self.name, self.values[0], indent=4)

    @property
    def refused(self) -> tuple[str, ...]:
        """What the form refuses, as lines of a list of pairs."""
        missing = [] if self.optional or self.type in ("bool", "many") else ['""']
        return tuple(f"({quoted(self.attribute)}, {value})," for value in (*missing, *self.bad))

    @property
    def values(self) -> tuple[str, str]:
        """The same, as Python."""
        if self.type == "many":
            return "[]", "[]"
        one, other = self.samples
        return (one, other) if self.target else (self._literal(one), self._literal(other))

    @property
    def factory(self) -> str | None:
        """What a row of the tests has, as Python; None for nothing."""
        if self.target:
            if self.type == "many" or self.optional:
                return None
            return f"make_{snake_case(self.target.name)}().id"
        if not self.unique:
            return None if self.optional else self.values[0]
        number = "next(numbers)"
        if self.type == "str" and int(self.field.arguments[0]) < SHORT:
            return f"chr(255 + {number})"
        return {
            "int": number,
            "email": f'f"user{{{number}}}@example.com"',
            "uuid": "uuid.uuid4()",
            "date": f"datetime.date.fromordinal(730000 + {number})",
            "datetime": f"now() + datetime.timedelta(days={number})",
        }.get(self.type, f"str({number})")

    @property
    def is_chosen(self) -> bool:
        """Whether people choose a row for it in the tests."""
        return not (self.target is None or self.leads_to_owner or self.target.module == "..models")

    @property
    def choice(self) -> str:
        """That row, as a line of a dictionary."""
        key, row = f"{quoted(self.attribute)}: ", (self.model.made,)
        entry = Call(f"{key}[", (Call("str(", row),), "]") if self.type == "many" else Call(f"{key}str(", row)
        return "\n".join(entry.lines(12, ","))

    @property
    def related(self) -> str:
        """How a row of the tests is made to relate to ``row``, as an argument."""
        return f"{self.name}=[row]" if self.type == "many" else f"{self.attribute}=row.id"

    @property
    def made(self) -> str | None:
        """The same as a line of a dictionary."""
        return None if self.factory is None else _entry(self.attribute, self.factory, indent=8)

    @property
    def bad(self) -> tuple[str, ...]:
        """What forms refuse, as Python."""
        if self.target:
            return ('"x"', '"99999"')
        bad = [*map(quoted, self.type_code.bad)]
        if self.longest and self.type in ("str", "text", "slug"):
            bad.append(f'"x" * {self.longest + 1}')
        if self.type == "int":
            bad.append('"9" * 400')
        return tuple(bad)

    def _literal(self, value: str) -> str:
        """Return the Python of a value that is written as forms send it."""
        match self.type:
            case "int" | "float" | "json":
                return value
            case "decimal":
                return f"decimal.Decimal({quoted(value)})"
            case "bool":
                return str(value in ("y", "true"))
            case "date":
                return (
                    "datetime.date.today" if value == "today" else f'datetime.date.fromisoformat("{value}")'
                )
            case "time":
                return "lambda: now().time()" if value == "now" else f'datetime.time.fromisoformat("{value}")'
            case "datetime":
                return "now" if value == "now" else f'datetime.datetime.fromisoformat("{value}+00:00")'
            case "uuid":
                return f"uuid.UUID({quoted(value)})"
            case "file":
                return f'Upload.new({quoted(value)}, io.BytesIO(b"Tea"))'
            case _:
                return quoted(value)


def names_in(*code: str) -> frozenset[str]:
    """Return the names that statements or expressions use."""
    return frozenset().union(*map(_names_in, code))


@cache
def _names_in(code: str) -> frozenset[str]:
    nodes = ast.walk(ast.parse(textwrap.dedent(code)))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def _entry(key: str, value: str, *, indent: int) -> str:
    """Return an entry of a dictionary, whose value is below its call if it is too long."""
    head, _, rest = value.partition("(")
    is_call = rest.endswith(")") and "(" not in rest
    entry = Call(f"{quoted(key)}: {head}(", (rest[:-1],)) if is_call else None
    lines = entry.lines(indent, ",") if entry else [f"{' ' * indent}{quoted(key)}: {value},"]
    return "\n".join(lines)


def imports_of(fields: Iterable[FieldCode], module: str, names: Iterable[str]) -> str:
    """Return what fields import from the application, and ``names`` of a module, in the order of isort."""
    found = {module: {*names}}
    for home, name in (one for field in fields for one in field.imports):
        found.setdefault(home, set()).add(name)
    ordered = sorted(found, key=lambda home: (not home.startswith(".."), home))
    return "\n".join(filter(None, (import_of(home, found[home]) for home in ordered)))


@cache
def quoted(value: str) -> str:
    """Return a string as ruff writes it."""
    written = json.dumps(value, ensure_ascii=False)
    if value.count('"') > value.count("'"):
        return "'" + written[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
    return written


def code_of(resource: Resource, resources: Iterable[Resource]) -> tuple[FieldCode, ...]:
    """Return the fields of a resource for its templates; relations lead to ``resources`` or other models."""
    by_name = {one.name: one for one in resources}

    def target(name: str) -> Model:
        if name in by_name:
            other = by_name[name]
            return Model(name, f"..{other.plural}.models", other.singular, other.owner)
        return Model(name, "..auth.users" if name == "User" else "..models", snake_case(name))

    return tuple(
        FieldCode(field, resource, target(field.target) if field.target else None)
        for field in resource.fields
    )
