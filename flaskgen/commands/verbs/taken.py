"""The names that a project has, or that its extensions may bring, which nothing generated can have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from flaskgen.effects.project.opening import OpenProject
from flaskgen.errors import Fix, InvalidName
from flaskgen.planning.merging.clashes import names_of_packages
from flaskgen.planning.merging.definitions import Kind, find_definitions
from flaskgen.planning.project.spec import render_project

Named = tuple[Kind, str]
_OF_FLASK = frozenset((Kind.COMMAND, name) for name in ("run", "routes", "shell"))


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
    defined = {(one.kind, one.name) for one in find_definitions(tree, tree)} | _OF_FLASK
    defined |= {(Kind.MODULE, name.removesuffix(".py")) for name in below}
    brought = names_of_packages(catalogue.extensions.values(), ())
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
