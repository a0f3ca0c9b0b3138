"""What a project is to have when something is generated, or goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from flaskgen.commands.plan import Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.transaction.files import read_all_files
from flaskgen.errors import Fix, InvalidField, InvalidName, InvalidResource, suggest
from flaskgen.planning.merging.clashes import mentioning, names_of_packages
from flaskgen.planning.merging.definitions import (
    Kind,
    find_definitions,
    is_application_code,
    models_of_code,
    names_of_code,
)
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.resources.fields import Field, parse_fields, remove_fields
from flaskgen.planning.resources.generated import Generated, pages_of
from flaskgen.planning.resources.relations import require_relations, require_short_rows
from flaskgen.planning.resources.resource import APIS, Resource, find_resource
from flaskgen.planning.templates.selection import parse_options, select_extensions

_Named = tuple[Kind, str]
_OF_FLASK = frozenset((Kind.COMMAND, name) for name in ("run", "routes", "shell"))


def with_resources(project: OpenProject, new: Sequence[Resource]) -> Wanted:
    """Return the specification with more resources, and with the extensions that they need."""
    spec = project.spec
    for number, resource in enumerate(new):
        if find_resource(resource.name, (*spec.resources, *new[:number])):
            raise InvalidResource(
                f"the project already has the resource {resource.name}",
                hint=f"add fields to it: flaskgen generate field {resource.name} NAME:TYPE",
                fix=Fix("resource", "field"),
            )
        _require_new_names(resource, project)
    needs = {group: one.name for one in reversed(new) for group in one.wants}
    wanted, notes = _with_needs(replace(spec, resources=(*spec.resources, *new)), needs, project)
    for resource in new:
        wanted = _with(wanted, resource, project)
    return Wanted(wanted, notes)


def with_parts(project: OpenProject, resource: Resource, *, pages: bool, api: bool, form: bool) -> Wanted:
    """Return the specification with a resource that has pages, an API or a form as well."""
    has_pages = resource.pages or pages
    has_form = (resource.form or form) and not has_pages
    grown = resource._replace(pages=has_pages, api=resource.api or api, form=has_form)
    only_api = api and not pages
    groups = (*grown.needs, APIS) if only_api else grown.wants
    wanted, notes = _with_needs(project.spec, dict.fromkeys(groups, grown.name), project)
    return Wanted(_with(wanted, grown, project), notes)


def _with_needs(
    spec: ProjectSpec, needs: Mapping[tuple[str, ...], str], project: OpenProject
) -> tuple[ProjectSpec, tuple[str, ...]]:
    """Return a specification with an extension of each group that a resource needs, and notes about these."""
    lacks = spec.release.series.lacks
    missing = {
        next((name for name in group if not lacks(name)), group[0]): by
        for group, by in needs.items()
        if not {*group} & {*spec.extensions}
    }
    selection = select_extensions((*spec.extensions, *missing), project.catalogue)
    options = parse_options(option_texts(spec.options), selection.extensions, project.catalogue)
    needed_by = {**selection.taken_along, **missing}
    added = [name for name in selection.extensions if name in needed_by]
    notes = tuple(f"adding {name} (required by {needed_by[name]})" for name in added)
    changed, skipped = with_examples(replace(spec, extensions=selection.extensions, options=options), project)
    return changed, (*notes, *skipped)


def with_examples(spec: ProjectSpec, project: OpenProject) -> tuple[ProjectSpec, tuple[str, ...]]:
    """Return a specification with the examples of new extensions, and notes about those that are skipped."""
    there = project.spec.extensions
    added = [one for one in spec.extensions if one not in there]
    examples = [one for name in added for one in project.catalogue.extensions[name].resources]
    if not examples:
        return spec, ()
    taken = names_of_code(read_all_files(project.path / project.package))
    changed = spec.with_examples(project.catalogue, there=there, taken=taken)
    skipped = [one for one in examples if one not in changed.resources and not taken.isdisjoint(one.names)]
    return changed, tuple(f"the example {one.name} is skipped: your code has its name" for one in skipped)


def with_fields(project: OpenProject, name: str, texts: Sequence[str], gone: Sequence[str]) -> Wanted:
    """Return the specification with other fields of a resource."""
    resource = require_resource(name, project.spec)
    fields = remove_fields(resource.fields, gone) if gone else resource.fields
    added = parse_fields(texts)
    there = {field.name: field for field in fields}
    for field in added:
        if field.name in there and field != there[field.name]:
            raise InvalidField(
                f"{resource.name} already has the field `{there[field.name]}`",
                hint=f"remove it first: flaskgen generate field {resource.name} -- -{field.name}",
            )
    same = tuple(f"{resource.name} already has {field.name}" for field in added if field.name in there)
    more = tuple(field for field in added if field.name not in there)
    spec = _with(project.spec, resource._replace(fields=(*fields, *more)), project)
    return Wanted(spec, notes=(*same, *_required(more), *files_left(project.spec.resources, spec.resources)))


def files_left(before: Iterable[Resource], after: Iterable[Resource]) -> Iterator[str]:
    """Yield where the uploaded files of fields are that a project does not have any more."""
    had, has = (
        [f"{one.name}.{name}" for one in resources for name in one.files] for resources in (before, after)
    )
    if gone := [name for name in had if name not in has]:
        where = "UPLOAD_FOLDER, by default instance/uploads"
        yield f"the uploaded files of {', '.join(gone)} stay in {where}"


def _required(new: Iterable[Field]) -> Iterator[str]:
    """Yield what to do about rows that exist for each field that needs a value which they do not have."""
    for field in new:
        if not (field.optional or field.many or field.default is not None):
            ways = [f"`{field._replace(optional=True)}` makes it optional"]
            if field.type and field.type.default and not field.unique:
                ways.insert(0, f"`{field}=DEFAULT` gives them one")
            yield f"rows that exist have no value for `{field}`: {', '.join(ways)}"


def require_resource(name: str, spec: ProjectSpec) -> Resource:
    """Return a resource of a project. Raises InvalidResource for one that it does not have."""
    resource = find_resource(name, spec.resources)
    if resource is None:
        spec.require_package()
        names = [one.name for one in spec.resources]
        known = (
            f"it has {', '.join(names)}"
            if names
            else "generate one: flaskgen generate resource Post title:str"
        )
        hint, fix = suggest(name, names, otherwise=known)
        raise InvalidResource(f"the project has no resource `{name}`", hint=hint, fix=fix)
    return resource


def _with(spec: ProjectSpec, resource: Resource, project: OpenProject) -> ProjectSpec:
    """Return the specification with a resource, after a look at the models that it relates to."""
    others = [one for one in spec.resources if one.name != resource.name]
    made = {one.name for one in (*others, resource)}
    if {"login", "sqlalchemy"} <= {*spec.extensions}:
        made.add("User")
    own = models_of_code(read_all_files(project.path / project.package)) if resource.targets else {}
    require_relations(resource, others, made=made, models={**own, **dict.fromkeys(made)})
    if "database-mysql" in spec.traits:
        require_short_rows(resource)
    resources = tuple(sorted((*others, resource), key=lambda one: one.name))
    return replace(spec, resources=resources)


def _require_new_names(resource: Resource, project: OpenProject) -> None:
    names = (
        (Kind.MODEL, resource.name),
        (Kind.TABLE, resource.singular),
        (Kind.MODULE, resource.plural),
        (Kind.BLUEPRINT, resource.plural),
        (Kind.PAGE, f"GET /{resource.path}"),
    )
    hint = f"choose another name: {resource.name}Item, or --plural {resource.plural}_list"
    fix = Fix(resource.name, f"{resource.name}Item")
    _require_free(project, names, f"test_{resource.plural}_model", hint=hint, fix=fix)


def with_generated(project: OpenProject, spec: ProjectSpec, new: Sequence[Generated]) -> ProjectSpec:
    """Return a specification with more parts. Raises InvalidName for a name that the project has."""
    there = (*spec.generated, *new)
    for part in new:
        if part.kind == "page" and part.blueprint not in pages_of(there):
            raise InvalidName(
                f"there is no blueprint `{part.blueprint}` that pages can be added to",
                hint=f"choose from {', '.join(pages_of(there))}, or generate it: flaskgen generate blueprint",
                fix=Fix(first=f"flaskgen generate blueprint {part.blueprint.replace('_', '-')}"),
            )
        hint, fix = f"choose another name: my-{part.path}", Fix(part.path, f"my-{part.path}")
        _require_free(project, _names_of(part), part.test_module, hint=hint, fix=fix)
    return replace(spec, generated=tuple(sorted(there)))


def _names_of(part: Generated) -> Iterator[_Named]:
    if part.kind == "page":
        yield Kind.ENDPOINT, part.endpoint
    else:
        yield Kind.MODULE, part.identifier
        yield Kind.BLUEPRINT, part.identifier
    if part.kind == "command":
        yield Kind.COMMAND, part.name
    else:
        yield Kind.PAGE, f"GET {part.url.rstrip('/')}"


def _require_free(project: OpenProject, names: Iterable[_Named], tests: str, *, hint: str, fix: Fix) -> None:
    """Raise InvalidName for a name that is taken; ``tests`` is the module of the new tests.

    Modules of extensions that the project does not have are taken as well: they may be added later. Names of
    the user's own code are found by the plan.
    """
    catalogue, package = project.catalogue, project.spec.name.package
    tree = project.pristine or render_project(project.spec, catalogue, secret_key="")
    below = [path.parts[1] for path in tree if path.parts[0] == package and len(path.parts) > 1]
    names = tuple(names)
    code = mentioning(names, tree, filter(is_application_code, tree))
    defined = {(one.kind, one.name) for one in find_definitions(tree, code)} | _OF_FLASK
    defined |= {(Kind.MODULE, name.removesuffix(".py")) for name in below}
    brought = names_of_packages(catalogue.extensions.values())
    brought |= {(Kind.MODULE, name) for name in catalogue.package_modules}
    for name in names:
        kind, text = name
        if name in defined:
            raise InvalidName(f"the project already has the {kind} `{text}`", hint=hint, fix=fix)
        if name in brought:
            raise InvalidName(f"an extension has the {kind} `{text}`", hint=hint, fix=fix)
    path = PurePosixPath("tests", f"{tests}.py")
    if path in tree:
        raise InvalidName(f"the project already has `{path}`", hint=hint, fix=fix)
