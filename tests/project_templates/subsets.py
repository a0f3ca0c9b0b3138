"""The subsets of the extensions, and how a rendered one is put on disk."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from itertools import chain, combinations
from pathlib import Path, PurePosixPath
from typing import Protocol

from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.templates.selection import select_extensions
from flaskgen.planning.templates.tree import Content, encode
from tests.project_templates.series import NEWEST, release_of

Subset = tuple[str, ...]
Files = Mapping[PurePosixPath, Content]
SHIPPED = load_catalogue()
WEB = ("login", "mail", "production", "sqlalchemy", "wtf")


def closed(names: Iterable[str]) -> Subset:
    """Return the names with what they need."""
    return tuple(sorted(select_extensions(names, SHIPPED).extensions))


def known_to(series: FlaskSeries, python: str | None = None) -> list[str]:
    """List the extensions that projects of a series can have, on a Python or on its newest."""
    data = release_of(series).on_python(python or series.pythons.maximum.version).series.extensions
    return [name for name in SHIPPED.extensions if data[name].unsupported is None]


def few_and_most_of(series: FlaskSeries) -> list[Subset]:
    """List the subsets of at most three extensions, those without at most two, and the presets."""
    names = known_to(series)
    without = chain.from_iterable(combinations(names, size) for size in range(3))
    most = [closed(name for name in names if name not in some) for some in without]
    return list(dict.fromkeys([*sample_of(series, most=3), *most]))


def sample_of(series: FlaskSeries, *, most: int = 2) -> list[Subset]:
    """List the subsets of at most ``most`` extensions, the presets, and all, each with what it needs."""
    names = known_to(series)
    few = chain.from_iterable(combinations(names, size) for size in range(most + 1))
    presets = [
        preset.extensions for preset in SHIPPED.presets.values() if set(preset.extensions) <= set(names)
    ]
    return list(dict.fromkeys(closed(subset) for subset in [*few, *presets, names]))


def name_of(subset: Subset) -> str:
    return "+".join(subset) or "none"


SUBSETS = sample_of(NEWEST)
EVERYTHING = SUBSETS[-1]


class TreesOf(Protocol):
    """Returns the files of a sample of the subsets on a series."""

    def __call__(self, series: FlaskSeries) -> Mapping[Subset, Files]: ...


class PythonFor(Protocol):
    """Returns the interpreter of an environment with what a series' projects need."""

    def __call__(self, series: FlaskSeries, python: str) -> Path: ...


def write_tree(folder: Path, files: Files) -> Path:
    for parent in {path.parent for path in files}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (folder / path).write_bytes(encode(content))
    return folder


def clone_of(project: Path, folder: Path) -> Path:
    """Commit a project, and clone it: what Git ignores is not in the clone."""
    git = ["git", "-c", "user.name=ann", "-c", "user.email=ann@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=project, check=True)
    subprocess.run([*git, "clone", "-q", project, folder], check=True)
    return folder
