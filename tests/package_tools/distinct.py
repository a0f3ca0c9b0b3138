"""Which subsets of the extensions package tools can tell apart."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePosixPath

from tests.matrix.cells import ROOT
from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST
from tests.project_templates.subsets import Subset
from tests.subsets.distinct import mark_of, tested_files

LOCK = ROOT / "flaskgen" / "compatibility" / f"{NEWEST.name}.lock"


def required_by(subset: Subset) -> str:
    """Return the tables of its pyproject.toml that uv and pip read.

    Its uv.lock and its requirement files are made from them and the lock of the series.
    """
    tables = tomllib.loads(str(render_project(subset)[PurePosixPath("pyproject.toml")]))
    read = {name: tables.get(name) for name in ("project", "dependency-groups", "build-system")}
    return repr([read, tables["tool"].get("uv")])


def distinct_requirements(subsets: Iterable[Subset]) -> Mapping[str, Subset]:
    """Return one of the subsets that require the same packages, by its mark: that with the most extensions.

    Its mark is another one when its code or its tests change, or the lock.
    """
    largest: dict[str, Subset] = {}
    for subset in sorted(subsets, key=len):
        largest[required_by(subset)] = subset
    return {_mark_of(required, subset): subset for required, subset in largest.items()}


def _mark_of(required: str, subset: Subset) -> str:
    seen = (required, mark_of(tested_files(subset)), LOCK.read_text(encoding="utf-8"))
    return sha256("\0".join(seen).encode()).hexdigest()
