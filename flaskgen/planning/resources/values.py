"""What the templates of a resource can name: its fields, their statements, and what its modules import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from flaskgen.planning.resources.api import api_values
from flaskgen.planning.resources.code import MODULES, FieldCode, code_of, imports_of, names_in, quoted
from flaskgen.planning.resources.layout import Call, import_of, laid_out, lay_out
from flaskgen.planning.resources.resource import Resource


def values_of(resource: Resource, resources: Sequence[Resource]) -> Mapping[str, object]:
    """Return what the templates of a resource can name beside the values of the project."""
    fields = code_of(resource, resources)
    types = frozenset(field.type for field in fields)
    targets = {field.target.name: field.target for field in fields if field.target}
    searched = any(field.is_text for field in fields)
    filled = [field for field in fields if field.in_form]
    typed = [field for field in fields if field.is_typed]
    columns = names_in(*map(column, fields))
    classic_columns = names_in(*map(classic_column, fields))
    form = names_in(*map(form_field, filled))
    factory = names_in(*(field.factory or "" for field in fields))
    tested = names_in(*(field.values[0] for field in typed))
    creators = [f"{field.name}=current_user" for field in fields if not field.in_form and not field.optional]
    leading_here = (one for one in resources if any(field.target == resource.name for field in one.fields))
    relations = (field for one in leading_here for field in code_of(one, resources))
    relating = next((one for one in relations if one.target and one.target.name == resource.name), None)
    chosen = {field.target.table for field in filled if field.target and field.is_chosen}
    rows = {resource.singular, *chosen, *([relating.owner.singular] if relating else [])}
    of_flask = {"Response": resource.files, "request": searched, "abort": resource.owner}
    return {
        "resource": resource,
        "fields": fields,
        "types": types,
        "targets": tuple(sorted(targets.values(), key=lambda target: target.module)),
        "classic_modules": [one for one in MODULES if one in classic_columns],
        "label": label_of(resource),
        "searched": searched,
        "constrained": any(field.unique for field in fields),
        "relating": relating,
        "needs_user": bool(creators) or resource.owner,
        "created_with": [*creators, *(["owner_id=current_user.id"] if resource.owner else [])],
        "form_modules": [one for one in MODULES if one in form],
        "flask_names": ["Blueprint", "render_template", *(name for name, used in of_flask.items() if used)],
        "form_imports": imports_of(filled, "..form_fields", ["Form", *chain(*map(_helpers, filled))]),
        "factory_modules": [one for one in MODULES if one in factory],
        "factory_needs_now": "now" in factory,
        "inputs": filled,
        "wtforms": [name for name in ("fields", "validators") if name in form],
        "typed": typed,
        "files": [field for field in fields if field.is_file],
        "factories": import_of("factories", {f"make_{one}" for one in rows}),
        "form_factories": import_of("factories", {f"make_{one}" for one in chosen}),
        "changed": next((one for one in typed if one.type != "bool" and not one.unique), None),
        "found": next((one for one in fields if one.is_text and (one.longest or 0) >= 10), None),
        "test_modules": ["re", *(one for one in MODULES if one in tested)],
        "uses_sa": "sa" in columns or resource.owner or "many" in types,
        "column": column,
        "classic_column": classic_column,
        "relation": relation,
        "classic_relation": classic_relation,
        "form_field": form_field,
        "call": lay_out,
        "imports": import_of,
        **api_values(resource, resources, relating),
    }


def label_of(resource: Resource) -> str:
    """Return the attribute that people know a row by: the first short text that each has, or its number."""
    named = (
        field.name
        for field in resource.fields
        if field.type and field.type.name in ("str", "slug", "email") and not field.optional
    )
    return next(named, "id")


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


def form_field(field: FieldCode) -> str:
    """Return the statement that declares a field of the form."""
    checks: list[str | Call] = [
        "validators.Optional()" if field.optional else "validators.InputRequired()",
        *((f"validators.Length(max={field.longest})",) if field.longest else ()),
        *(("is_text" if field.type == "text" else "is_line",) if field.is_text else ()),
    ]
    if field.type in ("bool", "many"):
        checks = []
    checks += () if field.target else field.type_code.checks
    arguments: list[str | Call] = [quoted(field.label)]
    if checks:
        arguments.append(Call("[", tuple(checks), "]"))
    if field.target:
        arguments.append(f"model={field.target.name}")
    if field.type == "enum":
        choices = ("", *field.choices) if field.optional else field.choices
        arguments.append(Call("choices=[", tuple(map(quoted, choices)), "]"))
    if field.type == "decimal":
        arguments += [f"digits={field.field.arguments[0]}", f"places={field.field.arguments[1]}"]
    if _may_be_empty(field):
        arguments.append("filters=[or_none]")
    if field.default is not None:
        arguments.append(f"default={field.default}")
    return laid_out(Call(f"{field.attribute} = {_class(field)}(", tuple(arguments)))


def _class(field: FieldCode) -> str:
    """Return the class of a field of the form; one of WTForms has a module before it."""
    if field.target:
        return "RowsField" if field.type == "many" else "RowField"
    return field.type_code.form


def _may_be_empty(field: FieldCode) -> bool:
    """Return whether the form can send an empty text, which stands for nothing."""
    return field.optional and (field.is_text or field.type == "enum")


def form_fields(resources: Sequence[Resource]) -> frozenset[str]:
    """Return the names that any form uses of the application's own base class, fields and validators."""
    with_form = [one for one in resources if one.has_form]
    fields = [field for one in with_form for field in code_of(one, resources)]
    names = {name for field in fields if field.in_form for name in _helpers(field)}
    return frozenset(names | ({"Form"} if with_form else set()))


def _helpers(field: FieldCode) -> Iterator[str]:
    """Return the names of the application's own form fields and validators that a field uses."""
    if field.is_text:
        yield "is_text" if field.type == "text" else "is_line"
    if _may_be_empty(field):
        yield "or_none"
    if "." not in _class(field):
        yield _class(field)
