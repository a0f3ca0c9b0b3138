"""What a field is in the generated code: statements for templates, and values for its tests."""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from flaskgen.planning.resources.fields import Field
from flaskgen.planning.resources.layout import Call, laid_out
from flaskgen.planning.resources.resource import Resource
from flaskgen.planning.resources.type_code import TYPE_CODES, TypeCode
from flaskgen.planning.resources.types import LONGEST_TEXT
from flaskgen.planning.words import snake_case

MODULES = ("datetime", "decimal", "uuid")
"""What values of fields are written with."""
_LENGTHS = {"text": LONGEST_TEXT, "email": 254, "url": 2000}


@dataclass(frozen=True)
class Model:
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


@dataclass(frozen=True)
class FieldCode:
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
    def may_be_empty(self) -> bool:
        """Whether the form can send an empty text, which stands for nothing."""
        return self.optional and (self.is_text or self.type == "enum")

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
    def _code(self) -> TypeCode:
        return TYPE_CODES[self.type]

    @property
    def default(self) -> str | None:
        """What a row has if nothing was said, as Python."""
        return None if self.field.default is None else self._literal(self.field.default)

    @property
    def is_now_by_default(self) -> bool:
        """Whether its default calls ``now`` of the application's models."""
        return self.field.default == "now" and self.type in ("time", "datetime")

    @property
    def is_union(self) -> bool:
        """Whether the annotation of its column has to say that it can be None."""
        return self.optional and self.type != "json"

    @property
    def column(self) -> str:
        """The statement that declares the attribute of the model."""
        return laid_out(self._column())

    def _column(self) -> Call:
        if self.target and self.type == "many":
            head = f"{self.name}: so.Mapped[list[{self.target.name}]] = so.relationship("
            return Call(head, self._joined)
        python = "int" if self.target else self._code.python
        if self.is_union:  # which SQLAlchemy evaluates: Python 3.9 cannot evaluate `int | None`
            python = f"Optional[{python}]"
        nullable = ["nullable=True"] if self.optional and self.type == "json" else []
        return Call(
            f"{self.attribute}: so.Mapped[{python}] = so.mapped_column(",
            (self._column_type, *self._unique, *nullable, *self._column_default),
        )

    @property
    def classic_column(self) -> str:
        """The same without annotations, as before SQLAlchemy 2."""
        if self.target and self.type == "many":
            joined = (_text(self.target.name), *self._joined)
            return laid_out(Call(f"{self.name} = db.relationship(", joined))
        required = [] if self.optional else ["nullable=False"]
        arguments = (self._classic_type, *self._unique, *required, *self._column_default)
        return laid_out(Call(f"{self.attribute} = db.Column(", arguments))

    @property
    def _joined(self) -> tuple[str, ...]:
        assert self.target is not None  # noqa: S101 - only asked of relations
        joins = (
            f"primaryjoin=id == {self.table}.c.one_id",
            f"secondaryjoin=id == {self.table}.c.other_id",
        )
        ordered = f'order_by="{self.target.name}.id"'
        return (f"secondary={self.table}", ordered, *(joins if self.leads_to_owner else ()))

    @property
    def _column_type(self) -> str | Call:
        if self.target:
            return f"sa.ForeignKey({_text(f'{self.target.table}.id')})"
        return _type_of(self._code.column, self.field.arguments)

    @property
    def _classic_type(self) -> str | Call:
        """The same with the names of Flask-SQLAlchemy; of UUIDs, SQLAlchemy 1.4 has no type."""
        kind = self._column_type
        if isinstance(kind, Call):
            return Call(kind.head.replace("sa.", "db."), kind.arguments, kind.tail)
        return "Uuid" if self.type == "uuid" else kind.replace("sa.", "db.", 1)

    @property
    def _unique(self) -> tuple[str, ...]:
        if self.unique and not self.owner.owner:  # among the rows of a user: the table says it
            return ("unique=True",)
        return ("index=True",) if self.target else ()

    @property
    def _column_default(self) -> tuple[str, ...]:
        return () if self.target or self.default is None else (f"default={self.default}",)

    @property
    def relation(self) -> str:
        """The statement that declares the other model's row."""
        assert self.target is not None  # noqa: S101 - only asked of relations
        optional = " | None" if self.optional else ""
        name = f"{self.target.name}{optional}"
        return laid_out(Call(f"{self.name}: so.Mapped[{name}] = so.relationship(", self._keys))

    @property
    def classic_relation(self) -> str:
        """The same without annotations, as before SQLAlchemy 2."""
        assert self.target is not None  # noqa: S101 - only asked of relations
        arguments = (_text(self.target.name), *self._keys)
        return laid_out(Call(f"{self.name} = db.relationship(", arguments))

    @property
    def _keys(self) -> tuple[str, ...]:
        return (f"foreign_keys={self.attribute}", *(("remote_side=id",) if self.leads_to_owner else ()))

    @property
    def form_class(self) -> str:
        """The class of its field in the form; one of WTForms has a module before it."""
        if self.target:
            return "RowsField" if self.type == "many" else "RowField"
        return self._code.form

    @property
    def form_field(self) -> str:
        """The statement that declares the field of the form."""
        checks: list[str | Call] = [
            "validators.Optional()" if self.optional else "validators.InputRequired()",
            *((f"validators.Length(max={self.longest})",) if self.longest else ()),
            *(("is_text",) if self.is_text else ()),
        ]
        if self.type in ("bool", "many"):
            checks = []
        checks += () if self.target else self._code.checks
        arguments: list[str | Call] = [_text(self.label)]
        if checks:
            arguments.append(Call("[", tuple(checks), "]"))
        if self.target:
            arguments.append(f"model={self.target.name}")
        if self.type == "enum":
            choices = ("", *self.choices) if self.optional else self.choices
            arguments.append(Call("choices=[", tuple(map(_text, choices)), "]"))
        if self.type == "decimal":
            arguments += [f"digits={self.field.arguments[0]}", f"places={self.field.arguments[1]}"]
        if self.may_be_empty:
            arguments.append("filters=[or_none]")
        if self.default is not None:
            arguments.append(f"default={self.default}")
        return laid_out(Call(f"{self.attribute} = {self.form_class}(", tuple(arguments)))

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
        one, other = self._code.samples
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
        return _text(one), _text(other)

    @property
    def stored(self) -> str:
        """What the database has of it then, as a line of a dictionary."""
        return _entry(self.name, self.values[0], indent=4)

    @property
    def refused(self) -> tuple[str, ...]:
        """What the form refuses, as lines of a list of pairs."""
        missing = [] if self.optional or self.type in ("bool", "many") else ['""']
        return tuple(f"({_text(self.attribute)}, {value})," for value in (*missing, *self.bad))

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
        assert self.target is not None  # noqa: S101 - only asked of what is chosen
        key, row = f"{_text(self.attribute)}: ", (self.target.made,)
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
        longer = (
            [f'"x" * {self.longest + 1}'] if self.longest and self.type in ("str", "text", "slug") else []
        )
        return (*map(_text, self._code.bad), *longer)

    def _literal(self, value: str) -> str:
        """Return the Python of a value that is written as forms send it."""
        match self.type:
            case "int" | "float" | "json":
                return value
            case "decimal":
                return f"decimal.Decimal({_text(value)})"
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
                return f"uuid.UUID({_text(value)})"
            case "file":
                return f'Upload.new({_text(value)}, io.BytesIO(b"Tea"))'
            case _:
                return _text(value)


def names_in(*code: str) -> frozenset[str]:
    """Return the names that statements or expressions use."""
    trees = (ast.parse(textwrap.dedent(text)) for text in code)
    return frozenset(node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name))


def _type_of(column: str, arguments: tuple[str, ...]) -> str | Call:
    if "{all}" in column:
        head, _, tail = column.partition("{all}, ")
        return Call(head, (*map(_text, arguments), tail.removesuffix(")")))
    return column.format(*arguments)


def _entry(key: str, value: str, *, indent: int) -> str:
    """Return an entry of a dictionary, whose value is below its call if it is too long."""
    head, _, rest = value.partition("(")
    is_call = rest.endswith(")") and "(" not in rest
    entry = Call(f"{_text(key)}: {head}(", (rest[:-1],)) if is_call else None
    lines = entry.lines(indent, ",") if entry else [f"{' ' * indent}{_text(key)}: {value},"]
    return "\n".join(lines)


def _text(value: str) -> str:
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
