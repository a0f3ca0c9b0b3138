"""Read a template folder from disk: the one that flaskgen ships, or any other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

from flaskgen.errors import TemplateDefect
from flaskgen.planning.catalogue import Catalogue
from flaskgen.planning.catalogue_reading import build_catalogue

_NOT_TEMPLATES = frozenset({"__init__.py", "__pycache__"})


def load_catalogue() -> Catalogue:
    """Read the base and the extensions that flaskgen ships."""
    with ExitStack() as stack:
        folder = resources.as_file(resources.files("flaskgen.project_templates"))
        return load_catalogue_from(stack.enter_context(folder))


def load_catalogue_from(folder: Path) -> Catalogue:
    """Read a template folder.

    Raises TemplateDefect, naming the path, for a link, a fifo, a device or a file that cannot be read, and
    for whatever ``build_catalogue`` finds wrong.
    """
    return build_catalogue(dict(_read_files(folder, "")))


def _read_files(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if entry.name in _NOT_TEMPLATES and not prefix:
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                yield from _read_files(Path(entry.path), f"{path}/")
            elif stat.S_ISREG(mode):
                yield path, Path(entry.path).read_bytes()
            else:
                raise TemplateDefect(f"{path}: a template is a file, not a link, fifo or device")
    except OSError as error:
        raise TemplateDefect(f"{prefix or folder}: cannot be read: {error.strerror}") from error
