"""Load the catalogue: what flaskgen ships, and the extensions of others that are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from importlib import resources
from pathlib import Path

from flaskgen.effects.shipped.extension_directories import find_extensions, read_files, read_wanted
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.catalogue_reading import build_catalogue, extend_catalogue


def load_catalogue(directories: Sequence[Path] = (), names: Sequence[str] | None = ()) -> Catalogue:
    """Return what flaskgen ships, with those of the other extensions that ``names`` have; None means all.

    ``names`` are lists as typed. The others are in installed packages and in ``directories``; if none can be
    meant, nobody looks for them. Raises what ``find_extensions`` and ``read_wanted`` raise.
    """
    shipped = _shipped()
    if names is None:
        asked = None
    else:
        asked = [name.strip().lower() for text in names for name in text.split(",")]
        if not (directories or {*asked} - {*shipped.extensions, "all", "none", ""}):
            return shipped
    found = find_extensions(directories, shipped)
    if asked is not None and {*asked} - {*shipped.extensions, *found, "all", "none", ""}:
        asked = None  # one is misspelled: the message names the nearest of all
    wanted = read_wanted(found, asked)
    return extend_catalogue(shipped, wanted) if wanted else shipped


@cache
def _shipped() -> Catalogue:
    """Read the base and the extensions that flaskgen ships, once in a process."""
    with ExitStack() as stack:
        folder = resources.as_file(resources.files("flaskgen.project_templates"))
        return load_catalogue_from(stack.enter_context(folder))


def load_catalogue_from(folder: Path) -> Catalogue:
    """Read a template directory. Raises TemplateDefect as ``read_files`` and ``build_catalogue`` do."""
    return build_catalogue(dict(sorted(read_files(folder))))
