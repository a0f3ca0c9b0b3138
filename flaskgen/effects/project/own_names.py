"""The names in the code of a project, of its user's as well."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

from flaskgen.effects.transaction.files import read_all_files
from flaskgen.planning.merging.definitions import Kind, find_definitions
from flaskgen.planning.merging.syntax import parse_python

_LARGEST = 1_000_000  # bytes
_MODELS = (PurePosixPath("models.py"), PurePosixPath("models", "__init__.py"))
_KINDS = (Kind.MODEL, Kind.TABLE, Kind.BLUEPRINT)


def names_of_code(package: Path) -> frozenset[str]:
    """Return the names of the modules, models, tables and blueprints of an application."""
    files = read_all_files(package, largest=_LARGEST)
    defined = (one.name for one in find_definitions(files, files) if one.kind in _KINDS)
    modules = (path.parts[0].removesuffix(".py") for path in files if path.suffix == ".py")
    return frozenset([*defined, *modules])


def own_models(package: Path) -> dict[str, PurePosixPath | None]:
    """Return the models of an application, with their files; None if ``models`` has them, or imports them."""
    files = read_all_files(package, largest=_LARGEST)
    home = next((path for path in _MODELS if path in files), None)
    tree = parse_python(files[home]) if home else None
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom)) if tree else ()
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    return {
        one.name: None if one.path == home or not imported.isdisjoint({one.name, "*"}) else one.path
        for one in find_definitions(files, files)
        if one.kind is Kind.MODEL
    }
