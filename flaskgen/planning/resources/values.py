"""What the templates of a resource can name: its fields, and what its modules import and need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flaskgen.planning.resources.code import FieldCode, code_of
from flaskgen.planning.resources.layout import WIDTH, lay_out
from flaskgen.planning.resources.resource import Resource

_MODULES = ("datetime", "decimal", "uuid")
"""What values of fields are written with."""


def values_of(resource: Resource, resources: Sequence[Resource]) -> Mapping[str, object]:
    """Return what the templates of a resource can name beside the values of the project."""
    fields = code_of(resource, resources)
    types = frozenset(field.type for field in fields)
    targets = {field.target.name: field.target for field in fields if field.target}
    filled = [field for field in fields if field.in_form]
    form = "".join(field.form_field for field in filled)
    helpers = {name for field in filled for name in _helpers(field)}
    creators = [f"{field.name}=current_user" for field in fields if not field.in_form and not field.optional]
    return {
        "resource": resource,
        "fields": fields,
        "types": types,
        "targets": tuple(sorted(targets.values(), key=lambda target: target.module)),
        "label": label_of(resource),
        "searched": any(field.is_text for field in fields),
        "constrained": any(field.unique for field in fields),
        "referenced": any(resource.name in other.targets for other in resources),
        "needs_user": bool(creators) or resource.owner,
        "created_with": [*creators, *(["owner_id=current_user.id"] if resource.owner else [])],
        "form_modules": [one for one in _MODULES if f"default={one}." in form],
        "defaults": frozenset(field.default for field in filled if field.default),
        "shared": _import("..form_fields", helpers),
        "factory_modules": sorted(
            {one for one in _MODULES for field in fields if f"{one}." in (field.factory or "")}
        ),
        "factory_needs_now": any("now()" in (field.factory or "") for field in fields),
        "inputs": filled,
        "wtforms": [name for name in ("fields", "validators") if f"{name}." in form],
        "chosen_makers": sorted(
            {
                field.target.table
                for field in filled
                if field.target and field.target.name != resource.name and field.factory
            }
        ),
        "local_imports": bool(helpers)
        or any(field.default == "now" for field in filled)
        or any(field.target and field.target.name != resource.name for field in filled),
        "changed": next(
            (one for one in filled if not one.target and one.type != "bool" and not one.unique), None
        ),
        "found": next((one for one in fields if one.is_text and (one.longest or 0) >= 10), None),
        "test_modules": sorted(
            {"re"} | {one for one in _MODULES for field in filled if f"{one}." in field.values[0]}
        ),
        "uses_sa": "sa." in "".join(field.column for field in fields) or resource.owner or "many" in types,
        "call": lay_out,
    }


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
    """Return the attribute that people know a row by: its first short text, or its number."""
    named = (
        field.name for field in resource.fields if field.type and field.type.name in ("str", "slug", "email")
    )
    return next(named, "id")
