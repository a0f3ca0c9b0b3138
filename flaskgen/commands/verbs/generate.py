"""Generate resources, and add and remove their fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from flaskgen.commands.changing import Wanted
from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan
from flaskgen.effects.project.locating import locate_project
from flaskgen.effects.project.opening import OpenProject, open_project
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.files import read_files
from flaskgen.errors import IncompatibleVersions, InvalidField, InvalidResource, UsageError
from flaskgen.planning.merging.definitions import Kind, find_definitions
from flaskgen.planning.project.record import option_texts
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.resources.fields import parse_fields, remove_fields
from flaskgen.planning.resources.resource import Resource, find_resource, parse_resource
from flaskgen.planning.templates.selection import parse_options, select_extensions
from flaskgen.planning.templates.tree import Tree


def generate(
    directory: Path | str,
    name: str,
    fields: Sequence[str],
    *,
    plural: str | None = None,
    owner: bool = False,
    pages: bool = True,
    api: bool = True,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Generate a resource in the project that ``directory`` is in: a model, its pages and its tests.

    Raises InvalidResource, InvalidField or IncompatibleVersions, and what ``change`` raises.
    """

    def want(project: OpenProject) -> Wanted:
        resource = parse_resource(name, fields, plural=plural, owner=owner, pages=pages, api=api)
        return with_resource(project, resource)

    return change(directory, want, settings, session, title=f"generate resource {name}")


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

    def want(project: OpenProject) -> Wanted:
        return with_fields(project, name, fields, remove)

    changed = " ".join([*fields, *(f"-{field}" for field in remove)])
    return change(directory, want, settings, session, title=f"generate field {name} {changed}")


def read_resources(directory: Path | str) -> tuple[Resource, ...]:
    """Return the resources of the project that ``directory`` is in. Raises what ``open_project`` raises."""
    return open_project(locate_project(directory)).spec.resources


def with_resource(project: OpenProject, resource: Resource) -> Wanted:
    """Return the specification with one more resource, and with the extensions that it needs."""
    spec, catalogue = project.spec, project.catalogue
    if "legacy-orm" in spec.traits:
        raise IncompatibleVersions(
            f"resources need SQLAlchemy 2, which Flask {spec.release.version} cannot have here",
            hint="flaskgen versions shows what each series works with",
        )
    if find_resource(resource.name, spec.resources):
        raise InvalidResource(
            f"the project already has the resource {resource.name}",
            hint=f"add fields to it: flaskgen generate field {resource.name} NAME:TYPE",
        )
    missing = [name for name in resource.needs if name not in spec.extensions]
    selection = select_extensions((*spec.extensions, *missing), catalogue)
    options = parse_options(option_texts(spec.options), selection.extensions, catalogue)
    wanted = replace(spec, extensions=selection.extensions, options=options)
    _require_new_names(resource, project)
    added = [name for name in selection.extensions if name not in spec.extensions]
    notes = tuple(f"adding {name} (required by the resource)" for name in added)
    return Wanted(_with(wanted, resource, project), notes=notes)


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
    return Wanted(_with(project.spec, replace(resource, fields=(*fields, *more)), project), notes=same)


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
                )
    return replace(spec, resources=left)


def require_resource(name: str, spec: ProjectSpec) -> Resource:
    """Return a resource of a project. Raises InvalidResource for one that it does not have."""
    resource = find_resource(name, spec.resources)
    if resource is None:
        known = ", ".join(one.name for one in spec.resources)
        raise InvalidResource(
            f"the project has no resource `{name}`",
            hint=f"it has {known}" if known else "generate one: flaskgen generate resource Post title:str",
        )
    return resource


def _with(spec: ProjectSpec, resource: Resource, project: OpenProject) -> ProjectSpec:
    """Return the specification with a resource, after a look at the models that it relates to."""
    others = [one for one in spec.resources if one.name != resource.name]
    known = {one.name for one in (*others, resource)} | {"User"} & _users(spec)
    models = {*known, *_own_models(project)}
    for field in resource.fields:
        if field.target and field.target not in models:
            raise InvalidField(
                f"invalid field `{field}`: there is no model {field.target}",
                hint="add login"
                if field.target == "User"
                else f"generate it first: flaskgen generate resource {field.target} name:str",
            )
        if field.target == resource.name and not (field.optional or field.many):
            raise InvalidField(
                f"invalid field `{field}`: the first row could not be created",
                hint=f"make it optional: {field}?",
            )
    resources = tuple(sorted((*others, resource), key=lambda one: one.name))
    return replace(spec, resources=resources)


def _users(spec: ProjectSpec) -> set[str]:
    return {"User"} if {"login", "sqlalchemy"} <= {*spec.extensions} else set()


def _own_models(project: OpenProject) -> Iterator[str]:
    """Return the models in the module of models, which relations can lead to."""
    path = PurePosixPath(project.spec.name.package, "models.py")
    files: Tree = read_files(project.path, [path])
    return (one.name for one in find_definitions(files, files) if one.kind is Kind.MODEL)


def _require_new_names(resource: Resource, project: OpenProject) -> None:
    """Refuse names that the generated code has already; those of the user's code are found by the plan."""
    tree = project.pristine or render_project(project.spec, project.catalogue, secret_key="")
    package = project.spec.name.package
    modules = {
        path.parts[1].removesuffix(".py") for path in tree if path.parts[0] == package and len(path.parts) > 1
    }
    taken = {one.name: one.kind for one in find_definitions(tree, tree)}
    for name, kinds in (
        (resource.name, {Kind.MODEL}),
        (resource.plural, {Kind.BLUEPRINT}),
        (resource.singular, {Kind.TABLE}),
    ):
        if taken.get(name) in kinds:
            raise InvalidResource(
                f"the project already has the {taken[name]} `{name}`",
                hint=f"choose another name: {resource.name}Item",
            )
    if resource.plural in modules:
        raise InvalidResource(
            f"the project already has a module `{resource.plural}`", hint=f"--plural {resource.plural}_list"
        )
