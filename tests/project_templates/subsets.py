"""The subsets of the extensions, and how a rendered one is put on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

import pytest

from flaskgen.effects.templates import load_catalogue
from flaskgen.planning.catalogue import Catalogue, subsets
from flaskgen.planning.compatibility import FlaskLine
from flaskgen.planning.tree import Content, encode

Subset = tuple[str, ...]
Files = Mapping[PurePosixPath, Content]
SUBSETS = [tuple(sorted(subset)) for subset in subsets(load_catalogue().extensions)]
WEB = ("login", "mail", "sqlalchemy", "wtf")


def name_of(subset: Subset) -> str:
    return "+".join(subset) or "none"


each_subset = pytest.mark.parametrize("subset", SUBSETS, ids=name_of)


class RenderProject(Protocol):
    """Gives the files of a project."""

    def __call__(
        self,
        extensions: Subset,
        *,
        name: str = ...,
        catalogue: Catalogue | None = ...,
        line: FlaskLine = ...,
        dev: bool = ...,
    ) -> Files: ...


class TreesOf(Protocol):
    """Gives the files of every subset on a line."""

    def __call__(self, line: FlaskLine) -> Mapping[Subset, Files]: ...


class PythonFor(Protocol):
    """Gives the interpreter of an environment with what a line's projects need."""

    def __call__(self, line: FlaskLine, python: str) -> Path: ...


def write_tree(folder: Path, files: Files) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode(content))
    return folder
