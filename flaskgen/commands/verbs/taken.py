"""The names that the generated code of a project has, which nothing new can have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from flaskgen.effects.project.opening import OpenProject
from flaskgen.errors import InvalidName
from flaskgen.planning.merging.clashes import names_of_packages
from flaskgen.planning.merging.definitions import Kind, find_definitions
from flaskgen.planning.project.spec import render_project

Named = tuple[Kind, str]
_OF_FLASK = frozenset((Kind.COMMAND, name) for name in ("run", "routes", "shell"))


def require_new_names(project: OpenProject, names: Iterable[Named], tests: str, *, hint: str) -> None:
    """Raise InvalidName for a name that the project has; ``tests`` is the module of the new tests.

    Those of the user's own code are found by the plan.
    """
    tree = project.pristine or render_project(project.spec, project.catalogue, secret_key="")
    package = project.spec.name.package
    modules = {
        path.parts[1].removesuffix(".py") for path in tree if path.parts[0] == package and len(path.parts) > 1
    }
    extensions = [project.catalogue.extensions[name] for name in project.spec.extensions]
    taken = {(one.kind, one.name) for one in find_definitions(tree, tree)} | _OF_FLASK
    taken |= {(Kind.MODULE, name) for name in modules} | names_of_packages(extensions, ())
    for kind, name in names:
        if (kind, name) in taken:
            raise InvalidName(f"the project already has the {kind} `{name}`", hint=hint)
    path = PurePosixPath("tests", f"{tests}.py")
    if path in tree:
        raise InvalidName(f"the project already has `{path}`", hint=hint)
