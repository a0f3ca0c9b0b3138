"""What a resource can be in its project: the relations it can have, and the size of its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from flaskgen.errors import Fix, InvalidField, InvalidResource
from flaskgen.planning.resources.code import code_of
from flaskgen.planning.resources.fields import Field
from flaskgen.planning.resources.resource import Resource, find_resource

LARGEST_ROW = 65_535
"""Of MySQL and MariaDB, in bytes, without what is in columns of the type TEXT."""


def require_relations(
    resource: Resource,
    others: Sequence[Resource],
    *,
    made: Collection[str],
    models: Mapping[str, PurePosixPath | None],
) -> None:
    """Raise InvalidField for a relation that cannot be.

    Tests can create rows of the models that are ``made``, and relations can lead to all ``models`` without a
    file of their own.
    """
    _require_private(resource, others)
    _require_no_calls(resource)
    for field in resource.fields:
        for reason, hint, fix in _problems(field, resource, others, made, models):
            raise InvalidField(f"invalid field `{field}`: {reason}", hint=hint, fix=fix)


def require_short_rows(resource: Resource) -> None:
    """Raise InvalidResource if MySQL cannot store the rows of a resource."""
    lengths = (field.longest for field in code_of(resource, ()) if field.type != "text")
    size = sum(4 * length + 2 for length in lengths if length)  # four bytes for each character
    if size > LARGEST_ROW:
        raise InvalidResource(
            f"{resource.name} has rows of up to {size:,} bytes, and MySQL stores at most {LARGEST_ROW:,}",
            hint="use the type text, which is not counted, for some fields, or a shorter str(LENGTH)",
        )


def _require_no_calls(resource: Resource) -> None:
    """Raise InvalidField for a field that forms would call to check or to filter what another one holds."""
    names = {field.name for field in resource.fields}
    for name in sorted(names) if resource.has_form else ():
        verb, _, other = name.partition("_")
        if verb in ("filter", "validate") and other in names:
            raise InvalidField(
                f"invalid field name `{name}`: forms call what has this name for `{other}`",
                hint=f"choose another: {other}_{verb}",
                fix=Fix(name, f"{other}_{verb}"),
            )


def _require_private(resource: Resource, others: Sequence[Resource]) -> None:
    """Raise InvalidField for a relation that would show everybody rows that only their owners may see."""
    if resource.owner or not (resource.pages or resource.api):
        return
    for field in resource.fields:
        target = find_resource(field.target, others) if field.target else None
        if target and target.owner:
            raise InvalidField(
                f"invalid field `{field}`: everybody sees {resource.plural_words}, "
                f"and each {target.words} belongs to one user",
                hint=f"generate {resource.name} with --owner: "
                f"then each {resource.words} belongs to a user as well",
            )


def _problems(
    field: Field,
    resource: Resource,
    others: Sequence[Resource],
    made: Collection[str],
    models: Mapping[str, PurePosixPath | None],
) -> Iterator[tuple[str, str, Fix | None]]:
    """Yield why a relation cannot be, what to do about it, and how."""
    name, target = field.name, field.target
    if target is None:
        return
    table = f"{resource.singular}_{name}"
    if field.many and table in {one.singular for one in others}:
        hint = f"choose another name: more_{name}:{target}*"
        yield f"the project already has the table `{table}`", hint, Fix(name, f"more_{name}")
    brought = table if field.many else f"{name}_id"
    if brought in {one.name for one in resource.fields}:
        hint = f"choose another name: more_{name}:{target}"
        yield f"the model has `{brought}` for it, which is a field as well", hint, Fix(name, f"more_{name}")
    if target not in models:
        generated = f"flaskgen generate resource {target} name:str"
        hint = "add login" if target == "User" else f"generate it first: {generated}"
        first = "flaskgen add login" if target == "User" else generated
        yield f"there is no model {target}", hint, Fix(first=first)
    elif file := models[target]:
        yield f"the module `models` lacks {target}, which is in {file}", f"import {target} in `models`", None
    if field.many:
        return
    if _leads_back(target, resource, others):
        reason = f"{target} relates to {resource.name}, so that neither table could be created first"
        hint = f"relate to many of them: {name}:{target}*"
        yield reason, hint, Fix(f"{name}:{target}", f"{name}:{target}:many")
    if field.optional:
        return
    optional = f"make it optional: {field}?", Fix(f"{name}:{target}", f"{name}:{target}:optional")
    if target == resource.name:
        yield "the first row could not be created", *optional
    if target not in made:
        without = "which flaskgen did not generate"
        yield f"its tests could not create a row of {target}, {without}", *optional


def _leads_back(name: str, resource: Resource, others: Sequence[Resource]) -> bool:
    """Return whether the table of another resource refers to that of a resource, if only by a third one."""
    seen, waiting = set[str](), [name]
    while waiting:
        there = find_resource(waiting.pop(), others)
        fields = there.fields if there else ()
        targets = {field.target for field in fields if field.target and not field.many} - seen
        seen |= targets
        waiting += targets
    return resource.name in seen
