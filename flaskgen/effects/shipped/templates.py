"""Read a template directory from disk: the one that flaskgen ships, or any other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from importlib import resources
from pathlib import Path

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.catalogue_reading import build_catalogue

_NOT_TEMPLATES = frozenset({"__init__.py", "__pycache__"})


@cache
def load_catalogue() -> Catalogue:
    """Read the base and the extensions that flaskgen ships, once in a process."""
    with ExitStack() as stack:
        folder = resources.as_file(resources.files("flaskgen.project_templates"))
        return load_catalogue_from(stack.enter_context(folder))


def load_catalogue_from(folder: Path) -> Catalogue:
    """Read a template directory.

    Raises TemplateDefect, naming the path, for a link, a fifo, a device or a file that cannot be read, and
    for whatever ``build_catalogue`` finds wrong.
    """
    return build_catalogue(dict(sorted(_read_files(folder))))


def _read_files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Return the files by their path: hundreds of small ones, so without an object or a call for each."""
    folders = [(os.fspath(root), "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = prefix + entry.name
                    if path in _NOT_TEMPLATES:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, f"{path}/"))
                    elif entry.is_file(follow_symlinks=False):
                        with open(entry.path, "rb", buffering=0) as file:
                            yield path, file.read()
                    else:
                        raise TemplateDefect(
                            f"{path}: a template must be a regular file, not a link, fifo or device"
                        )
        except OSError as error:
            raise TemplateDefect(f"{prefix or root}: cannot be read: {error.strerror}") from error
