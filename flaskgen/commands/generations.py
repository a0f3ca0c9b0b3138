"""The generations of templates: what a project is merged from, and whether that is today's."""

from __future__ import annotations

import secrets
from pathlib import PurePosixPath

from flaskgen import __version__
from flaskgen.commands.plan import Wanted
from flaskgen.effects.project.opening import OpenProject
from flaskgen.effects.shipped.rendering import render_projects
from flaskgen.effects.transaction.files import read_file
from flaskgen.errors import Fix, IncompatibleVersions, ProjectOutdated
from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.direct_requirements import PYPROJECT
from flaskgen.planning.packages.pins import decode
from flaskgen.planning.project.names import PYTHON_VERSION_FILE
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.tree import Tree, encode, only, without


def find_trees(
    project: OpenProject, wanted: Wanted, once: frozenset[PurePosixPath], *, update: bool
) -> tuple[Tree, Tree, Tree]:
    """Return the base of a project, what it is to have, and what of that the templates make.

    Files that are written ``once`` are not compared. Raises ProjectOutdated if it is of other templates and
    not to be ``update``d, and IncompatibleVersions.
    """
    spec = wanted.spec
    rendered, theirs = _render(project, spec, secrets.token_urlsafe(32))
    base, new = _base(project, rendered, once, update=update), theirs
    if wanted.upgrade:
        base = _with_pin(base, project.spec.release.version, wanted.upgrade.pinned)
        base, new = _with_python_version(project, spec, base, theirs)
    return base, new, theirs


def is_outdated(project: OpenProject) -> bool:
    """Return whether a project was created from other templates than today's."""
    if project.pristine is None:
        return False
    try:
        (rendered,) = render_projects((project.spec,), project.catalogue, secret_key="")
    except IncompatibleVersions:
        return True
    return _differs(project.pristine, without(rendered, project.catalogue.once(project.spec.extensions)))


def _render(project: OpenProject, spec: ProjectSpec, secret_key: str) -> tuple[Tree | None, Tree]:
    """Return what today's templates make of a project as it is, if they can, and as it is to be."""
    try:
        rendered, theirs = render_projects((project.spec, spec), project.catalogue, secret_key=secret_key)
    except IncompatibleVersions:  # by now, an extension that it has does not work with its Flask
        if project.pristine is None:
            raise
        (theirs,) = render_projects((spec,), project.catalogue, secret_key=secret_key)
        return None, theirs
    return rendered, theirs


def _base(
    project: OpenProject, rendered: Tree | None, once: frozenset[PurePosixPath], *, update: bool
) -> Tree:
    """Return what the project is merged from: two generations of templates are never mixed."""
    stored = project.pristine
    if rendered is not None and (stored is None or not _differs(stored, without(rendered, once))):
        return rendered
    if not update:
        here = project.catalogue.versions(project.spec.extensions)
        makers = [f"flaskgen {__version__}", *(f"{name} {version}" for name, version in here.items())]
        first = "first with `flaskgen update`, or " if rendered else ""
        raise ProjectOutdated(
            f"`{project.path.name}` was created from templates other than those of {' and '.join(makers)}",
            hint=f"update it {first}in the same change with --update",
            fix=Fix(more="--update"),
        )
    return {**(stored or {}), **only(rendered or {}, once)}


def _with_pin(base: Tree, version: str, pinned: str) -> Tree:
    """Let the pin of Flask be as flaskgen's own if its user only changed its version."""
    pyproject = decode(encode(base.get(PYPROJECT, b"")))
    return {**base, PYPROJECT: pyproject.replace(f'"Flask=={version}"', f'"Flask=={pinned}"')}


def _with_python_version(
    project: OpenProject, spec: ProjectSpec, base: Tree, theirs: Tree
) -> tuple[Tree, Tree]:
    """Let a .python-version, which no template makes, follow the Python of the project."""
    before = read_file(project.path / PYTHON_VERSION_FILE)
    found = version_numbers(decode(before or b"").strip())
    if (
        before is None
        or spec.python == project.spec.python
        or found[:2] != version_numbers(project.spec.python)
    ):
        return base, theirs
    return {**base, PYTHON_VERSION_FILE: before}, {**theirs, PYTHON_VERSION_FILE: f"{spec.python}\n"}


def _differs(one: Tree, other: Tree) -> bool:
    first, second = ({path: encode(content) for path, content in tree.items()} for tree in (one, other))
    return first != second
