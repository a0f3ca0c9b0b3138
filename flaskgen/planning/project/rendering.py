"""Render the files of a project from its specification."""

from __future__ import annotations

from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.render import render
from flaskgen.planning.templates.tree import Tree


def render_project(spec: ProjectSpec, catalogue: Catalogue, *, secret_key: str) -> Tree:
    """Return every file that templates make; ``secret_key`` goes into those that are written once.

    Raises IncompatibleVersions for an extension that the Flask series cannot have.
    """
    requirements, line = spec.requirements(catalogue), spec.release.line
    values = {
        "name": spec.name.text,
        "package": spec.name.package,
        "title": spec.name.title,
        "flask": spec.release.version,
        "flask_line": line.name,
        "python": spec.python,
        "oldest_python": line.pythons.minimum.version,
        "command": spec.command,
        "requirements": requirements.runtime,
        "dev_requirements": requirements.dev,
        "options": spec.options,
        "secret_key": secret_key,
    }
    return render(catalogue, traits=spec.traits, values=values)
