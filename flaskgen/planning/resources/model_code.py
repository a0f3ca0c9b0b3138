"""The statements that declare a field in a model, for templates."""

from __future__ import annotations

from flaskgen.planning.resources.code import FieldCode, quoted
from flaskgen.planning.resources.layout import Call, laid_out


def column(field: FieldCode) -> str:
    """Return the statement that declares the attribute of the model."""
    if field.target and field.type == "many":
        head = f"{field.name}: so.Mapped[list[{field.target.name}]] = so.relationship("
        return laid_out(Call(head, _joined(field)))
    python = "int" if field.target else field.type_code.python
    if field.is_union:  # which SQLAlchemy evaluates: Python 3.9 cannot evaluate `int | None`
        python = f"Optional[{python}]"
    nullable = ["nullable=True"] if field.optional and field.type == "json" else []
    return laid_out(
        Call(
            f"{field.attribute}: so.Mapped[{python}] = so.mapped_column(",
            (_type(field), *_unique(field), *nullable, *_default(field)),
        )
    )


def classic_column(field: FieldCode) -> str:
    """Return the same without annotations, as before SQLAlchemy 2."""
    if field.target and field.type == "many":
        joined = (quoted(field.target.name), *_joined(field))
        return laid_out(Call(f"{field.name} = db.relationship(", joined))
    required = [] if field.optional else ["nullable=False"]
    arguments = (_classic_type(field), *_unique(field), *required, *_default(field))
    return laid_out(Call(f"{field.attribute} = db.Column(", arguments))


def relation(field: FieldCode) -> str:
    """Return the statement that declares the other model's row."""
    name = f"{field.model.name}{' | None' if field.optional else ''}"
    return laid_out(Call(f"{field.name}: so.Mapped[{name}] = so.relationship(", _keys(field)))


def classic_relation(field: FieldCode) -> str:
    """Return the same without annotations, as before SQLAlchemy 2."""
    arguments = (quoted(field.model.name), *_keys(field))
    return laid_out(Call(f"{field.name} = db.relationship(", arguments))


def _joined(field: FieldCode) -> tuple[str, ...]:
    joins = (
        f"primaryjoin=id == {field.table}.c.one_id",
        f"secondaryjoin=id == {field.table}.c.other_id",
    )
    ordered = f'order_by="{field.model.name}.id"'
    return (f"secondary={field.table}", ordered, *(joins if field.leads_to_owner else ()))


def _keys(field: FieldCode) -> tuple[str, ...]:
    return (f"foreign_keys={field.attribute}", *(("remote_side=id",) if field.leads_to_owner else ()))


def _type(field: FieldCode) -> str | Call:
    if field.target:
        return f"sa.ForeignKey({quoted(f'{field.target.table}.id')})"
    written, arguments = field.type_code.column, field.field.arguments
    if "{all}" in written:
        head, _, tail = written.partition("{all}, ")
        return Call(head, (*map(quoted, arguments), tail.removesuffix(")")))
    return written.format(*arguments)


def _classic_type(field: FieldCode) -> str | Call:
    """Return the same with the names of Flask-SQLAlchemy; of UUIDs, SQLAlchemy 1.4 has no type."""
    kind = _type(field)
    if isinstance(kind, Call):
        return Call(kind.head.replace("sa.", "db."), kind.arguments, kind.tail)
    return "Uuid" if field.type == "uuid" else kind.replace("sa.", "db.", 1)


def _unique(field: FieldCode) -> tuple[str, ...]:
    if field.unique and not field.owner.owner:  # among the rows of a user: the table says it
        return ("unique=True",)
    return ("index=True",) if field.target else ()


def _default(field: FieldCode) -> tuple[str, ...]:
    return () if field.target or field.default is None else (f"default={field.default}",)
