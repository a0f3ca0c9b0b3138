"""Generate resources and their fields, blueprints, commands and pages, and remove them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flaskgen.commands.generating import with_fields, with_generated, with_parts, with_resources
from flaskgen.commands.pipeline import change, listed
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan, Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.planning.project.documents import parse_generated_list
from flaskgen.planning.resources.generated import Generated, parse_generated
from flaskgen.planning.resources.resource import Resource, find_resource, parse_resource


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

    texts = listed(fields)

    def want(project: OpenProject) -> Wanted:
        project.spec.require_package()
        there = None if texts or plural or owner else find_resource(name, project.spec.resources)
        if there:
            return with_parts(project, there, pages=pages, api=api, form=form)
        parts = {"pages": pages, "api": api, "form": form}
        resource = parse_resource(name, texts, plural=plural, owner=owner, **parts)
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

    What the project has just so stays as it is. Raises InvalidDocument, and what ``generate`` and
    ``generate_part`` raise.
    """
    everything = parse_generated_list(content, source)

    def want(project: OpenProject) -> Wanted:
        spec = project.spec
        new = [one for one in everything if one not in (*spec.resources, *spec.generated)]
        resources = [one for one in new if isinstance(one, Resource)]
        parts = [one for one in new if isinstance(one, Generated)]
        wanted = with_resources(project, resources) if resources else Wanted(spec)
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
    texts, gone = listed(fields), listed(remove)
    want = partial(with_fields, name=name, texts=texts, gone=gone)
    changed = " ".join([*texts, *(f"-{field}" for field in gone)])
    return change(directory, want, settings, session, title=f"generate field {name} {changed}")


def generate_part(
    directory: Path | str,
    kind: str,
    name: str,
    *,
    blueprint: str | None = None,
    settings: ChangeSettings | None = None,
    session: Session | None = None,
) -> Outcome[Plan]:
    """Generate a blueprint, a command or a page in the project that ``directory`` is in, with its test.

    A page belongs to ``blueprint``: ``main`` or one that was generated. Raises InvalidName, and what
    ``change`` raises.
    """
    part = parse_generated(kind, name, blueprint)

    def want(project: OpenProject) -> Wanted:
        return Wanted(with_generated(project, project.spec, [part]))

    return change(directory, want, settings, session, title=f"generate {kind} {name}")
