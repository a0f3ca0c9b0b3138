"""What the templates of a resource can name: its fields, and what its modules import and need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flaskgen.planning.resources.api import api_values
from flaskgen.planning.resources.code import MODULES, FieldCode, code_of, names_in
from flaskgen.planning.resources.layout import WIDTH, lay_out
from flaskgen.planning.resources.resource import Resource


def values_of(resource: Resource, resources: Sequence[Resource]) -> Mapping[str, object]:
    """Return what the templates of a resource can name beside the values of the project."""
    fields = code_of(resource, resources)
    types = frozenset(field.type for field in fields)
    targets = {field.target.name: field.target for field in fields if field.target}
    searched = any(field.is_text for field in fields)
    filled = [field for field in fields if field.in_form]
    typed = [field for field in fields if field.is_typed]
    columns = names_in(*(field.column for field in fields))
    classic_columns = names_in(*(field.classic_column for field in fields))
    form = names_in(*(field.form_field for field in filled))
    factory = names_in(*(field.factory or "" for field in fields))
    tested = names_in(*(field.values[0] for field in typed))
    creators = [f"{field.name}=current_user" for field in fields if not field.in_form and not field.optional]
    relations = (field for one in resources for field in code_of(one, resources))
    relating = next((one for one in relations if one.target and one.target.name == resource.name), None)
    rows = {resource.singular, *(field.target.table for field in filled if field.target and field.is_chosen)}
    rows |= {relating.owner.singular} if relating else set()
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
        "flask_names": _of_flask(resource, searched=searched),
        "form_imports": _form_imports(resource, filled),
        "factory_modules": [one for one in MODULES if one in factory],
        "factory_needs_now": "now" in factory,
        "inputs": filled,
        "wtforms": [name for name in ("fields", "validators") if name in form],
        "typed": typed,
        "files": [field for field in fields if field.is_file],
        "factories": _import("factories", {f"make_{one}" for one in rows}),
        "changed": next((one for one in typed if one.type != "bool" and not one.unique), None),
        "found": next((one for one in fields if one.is_text and (one.longest or 0) >= 10), None),
        "test_modules": ["re", *(one for one in MODULES if one in tested)],
        "uses_sa": "sa" in columns or resource.owner or "many" in types,
        "call": lay_out,
        "imports": _import,
        **api_values(resource, resources, relating),
    }


def _of_flask(resource: Resource, *, searched: bool) -> list[str]:
    """Return what the views that change nothing use of Flask."""
    names = ["Blueprint", "render_template", *(["Response"] if resource.files else [])]
    return [*names, *(["request"] if searched else []), *(["abort"] if resource.owner else [])]


def _form_imports(resource: Resource, fields: Iterable[FieldCode]) -> str:
    """Return what the module of the form imports from the application, in the order of isort."""
    names: dict[str, set[str]] = {}
    for field in fields:
        names.setdefault("..form_fields", set()).update(_helpers(field))
        if field.is_now_by_default:
            names.setdefault("..models", set()).add("now")
        if field.target:
            module = ".models" if field.target.name == resource.name else field.target.module
            names.setdefault(module, set()).add(field.target.name)
    ordered = sorted(names, key=lambda module: (not module.startswith(".."), module))
    return "\n".join(line for module in ordered if (line := _import(module, names[module])))


def _import(module: str, names: Iterable[str]) -> str:
    """Return the import of names, as isort has it; nothing without names."""
    ordered = sorted(names, key=lambda name: (name[0].islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if not ordered or len(line) <= WIDTH:
        return line if ordered else ""
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in ordered), ")"])


def form_fields(resources: Sequence[Resource]) -> frozenset[str]:
    """Return the names of the application's own form fields and validators that any form uses."""
    fields = (field for one in resources if one.pages for field in code_of(one, resources))
    return frozenset(name for field in fields if field.in_form for name in _helpers(field))


def _helpers(field: FieldCode) -> Iterator[str]:
    """Return the names of the application's own form fields and validators that a field uses."""
    if field.is_text:
        yield "is_text"
    if field.may_be_empty:
        yield "or_none"
    if "." not in field.form_class:
        yield field.form_class


def label_of(resource: Resource) -> str:
    """Return the attribute that people know a row by: the first short text that each has, or its number."""
    named = (
        field.name
        for field in resource.fields
        if field.type and field.type.name in ("str", "slug", "email") and not field.optional
    )
    return next(named, "id")
