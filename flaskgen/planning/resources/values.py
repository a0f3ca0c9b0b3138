"""What the templates of a resource can name: its fields, and what its modules import and need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flaskgen.planning.resources.api import api_values
from flaskgen.planning.resources.code import MODULES, code_of, names_in
from flaskgen.planning.resources.layout import import_of, lay_out
from flaskgen.planning.resources.resource import Resource
from flaskgen.planning.resources.statements import (
    classic_column,
    classic_relation,
    column,
    form_field,
    form_imports,
    relation,
)


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
        "form_imports": form_imports(resource, filled),
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


def _of_flask(resource: Resource, *, searched: bool) -> list[str]:
    """Return what the views that change nothing use of Flask."""
    names = ["Blueprint", "render_template", *(["Response"] if resource.files else [])]
    return [*names, *(["request"] if searched else []), *(["abort"] if resource.owner else [])]


def label_of(resource: Resource) -> str:
    """Return the attribute that people know a row by: the first short text that each has, or its number."""
    named = (
        field.name
        for field in resource.fields
        if field.type and field.type.name in ("str", "slug", "email") and not field.optional
    )
    return next(named, "id")
