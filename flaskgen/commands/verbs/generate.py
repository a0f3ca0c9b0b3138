"""Generate resources, and add and remove their fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan, Wanted
from flaskgen.commands.verbs.generate_part import require_new_names, with_generated
from flaskgen.effects.project.locating import locate_project
from flaskgen.effects.project.opening import OpenProject, open_project
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_all_files
from flaskgen.errors import Fix, InvalidField, InvalidResource, UsageError, suggest
from flaskgen.planning.merging.definitions import Kind, models_of_code, names_of_code
from flaskgen.planning.project.documents import parse_generated_list
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.resources.fields import Field, parse_fields, remove_fields
from flaskgen.planning.resources.generated import Generated
from flaskgen.planning.resources.relations import require_relations, require_short_rows
from flaskgen.planning.resources.resource import APIS, Resource, find_resource, parse_resource
from flaskgen.planning.templates.selection import parse_options, select_extensions


def generate(
    directory: Path | str,
    name: str,
    fields: Sequence[str],
    *,
    plural: str | None = None,
    owner: bool = False,
    pages: bool = True,
    api: bool = True,
    form: bool = False,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Generate a resource in the project that ``directory`` is in: a model, its pages and its tests.

    Without fields, add the pages, the API or the form to a resource that is there. Raises InvalidResource,
    InvalidName, InvalidField or IncompatibleVersions, and what ``change`` raises.
    """

    def want(project: OpenProject) -> Wanted:
        project.spec.require_package()
        there = None if fields or plural or owner else find_resource(name, project.spec.resources)
        if there:
            return with_parts(project, there, pages=pages, api=api, form=form)
        parts = {"pages": pages, "api": api, "form": form}
        resource = parse_resource(name, fields, plural=plural, owner=owner, **parts)
        return with_resources(project, [resource])

    kind = "resource" if pages else "api" if api else "form" if form else "model"
    return change(directory, want, settings, session, title=f"generate {kind} {name}")


def generate_resources(
    directory: Path | str,
    content: bytes,
    *,
    source: str,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Generate the resource, or the list of what is generated, that JSON describes, read from ``source``.

    A resource that the project has just so stays as it is. Raises InvalidDocument, and what ``generate`` and
    ``generate_part`` raise.
    """
    everything = parse_generated_list(content, source)
    resources = [one for one in everything if isinstance(one, Resource)]
    parts = [one for one in everything if isinstance(one, Generated)]

    def want(project: OpenProject) -> Wanted:
        new = [one for one in resources if one not in project.spec.resources]
        wanted = with_resources(project, new) if new else Wanted(project.spec)
        return wanted._replace(spec=with_generated(project, wanted.spec, parts))

    return change(directory, want, settings, session, title=f"generate resource --from {source}")


def generate_fields(
    directory: Path | str,
    name: str,
    fields: Sequence[str] = (),
    *,
    remove: Sequence[str] = (),
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Add fields to a resource of the project that ``directory`` is in, and remove others.

    Raises InvalidResource or InvalidField, and what ``change`` raises.
    """
    want = partial(with_fields, name=name, texts=fields, gone=remove)
    changed = " ".join([*fields, *(f"-{field}" for field in remove)])
    return change(directory, want, settings, session, title=f"generate field {name} {changed}")


def read_spec(directory: Path | str, *, extensions: Sequence[Path] = ()) -> ProjectSpec:
    """Return what the project that ``directory`` is in is made of. Raises what ``open_project`` raises.

    ``extensions`` are directories with extensions that it may have.
    """
    return open_project(locate_project(directory), directories=extensions).spec


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
    grown = replace(resource, pages=has_pages, api=resource.api or api, form=has_form)
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
    spec = _with(project.spec, replace(resource, fields=(*fields, *more)), project)
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
            ways = [f"`{replace(field, optional=True)}` makes it optional"]
            if field.type and field.type.default and not field.unique:
                ways.insert(0, f"`{field}=DEFAULT` gives them one")
            yield f"rows that exist have no value for `{field}`: {', '.join(ways)}"


def without_resources(spec: ProjectSpec, names: Iterable[str]) -> ProjectSpec:
    """Return the specification without resources. Raises UsageError if another one relates to one of them."""
    gone = {require_resource(name, spec).name for name in names}
    left = tuple(resource for resource in spec.resources if resource.name not in gone)
    for resource in left:
        for target in resource.targets:
            if target in gone:
                raise UsageError(
                    f"{resource.name} relates to {target}",
                    hint=f"remove both: flaskgen remove {target.lower()},{resource.name.lower()}",
                    fix=Fix(more=resource.name.lower()),
                )
    return replace(spec, resources=left)


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
    made = {one.name for one in (*others, resource)} | _users(spec)
    own = models_of_code(read_all_files(project.path / project.package)) if resource.targets else {}
    require_relations(resource, others, made=made, models={**own, **dict.fromkeys(made)})
    if "database-mysql" in spec.traits:
        require_short_rows(resource)
    resources = tuple(sorted((*others, resource), key=lambda one: one.name))
    return replace(spec, resources=resources)


def _users(spec: ProjectSpec) -> set[str]:
    return {"User"} if {"login", "sqlalchemy"} <= {*spec.extensions} else set()


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
    require_new_names(project, names, f"test_{resource.plural}_model", hint=hint, fix=fix)
