"""Generate blueprints, commands and pages, and remove them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from flaskgen.commands.pipeline import change
from flaskgen.commands.plan import ChangeSettings, Outcome, Plan, Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.system.session import Session
from flaskgen.errors import Fix, InvalidName, UsageError
from flaskgen.planning.merging.clashes import names_of_packages
from flaskgen.planning.merging.definitions import Kind, find_definitions, is_application_code
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.resources.generated import Generated, pages_of, parse_generated

Named = tuple[Kind, str]
_OF_FLASK = frozenset((Kind.COMMAND, name) for name in ("run", "routes", "shell"))


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
        require_new_names(project, _names_of(part), part.test_module, hint=hint, fix=fix)
    return replace(spec, generated=tuple(sorted(there)))


def _names_of(part: Generated) -> Iterator[Named]:
    """Return what the generated code defines."""
    if part.kind == "page":
        yield Kind.ENDPOINT, part.endpoint
    else:
        yield Kind.MODULE, part.identifier
        yield Kind.BLUEPRINT, part.identifier
    if part.kind == "command":
        yield Kind.COMMAND, part.name
    else:
        yield Kind.PAGE, f"GET {part.url.rstrip('/')}"


def without_generated(spec: ProjectSpec, gone: Iterable[Generated]) -> ProjectSpec:
    """Return a specification without parts. Raises UsageError for a blueprint that keeps a page."""
    left = tuple(part for part in spec.generated if part not in {*gone})
    for part in left:
        if part.kind == "page" and part.blueprint not in pages_of(left):
            raise UsageError(
                f"the blueprint {part.blueprint} has the page {part.name}",
                hint=f"remove both: flaskgen remove {part.blueprint},{part.name}",
                fix=Fix(more=part.name),
            )
    return replace(spec, generated=left)


def require_new_names(
    project: OpenProject, names: Iterable[Named], tests: str, *, hint: str, fix: Fix
) -> None:
    """Raise InvalidName for a name that is taken; ``tests`` is the module of the new tests.

    Modules of extensions that the project does not have are taken as well: they may be added later. Names of
    the user's own code are found by the plan.
    """
    catalogue, package = project.catalogue, project.spec.name.package
    tree = project.pristine or render_project(project.spec, catalogue, secret_key="")
    below = [path.parts[1] for path in tree if path.parts[0] == package and len(path.parts) > 1]
    code = filter(is_application_code, tree)
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
