"""The names in the code of a project, of its user's as well."""

from __future__ import annotations

from pathlib import Path

from flaskgen.effects.transaction.files import read_all_files
from flaskgen.planning.merging.definitions import Kind, find_definitions

_LARGEST = 1_000_000  # bytes
_KINDS = (Kind.MODEL, Kind.TABLE, Kind.BLUEPRINT)


def names_of_code(package: Path) -> frozenset[str]:
    """Return the names of the modules, models, tables and blueprints of an application."""
    files = read_all_files(package, largest=_LARGEST)
    defined = (one.name for one in find_definitions(files, files) if one.kind in _KINDS)
    modules = (path.parts[0].removesuffix(".py") for path in files if path.suffix == ".py")
    return frozenset([*defined, *modules])
