"""Which subsets of the extensions their generated tests can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from flaskgen.planning.templates.tree import Content
from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import EVERYTHING, Subset, closed

Tested = frozenset[tuple[str, str]]
"""The files that tests see, each with a digest."""


def tested_files(subset: Subset) -> Tested:
    """Render a subset, and return what its tests see of it."""
    return frozenset(
        (str(path), sha256(repr(_settings(content)).encode()).hexdigest()[:16])
        for path, content in render_project(subset).items()
        if path.parts[0] in ("my_shop", "tests", "migrations") or path.suffix in (".py", ".toml")
    )


def _settings(content: Content) -> Content:
    """Drop what a pyproject.toml requires: the tests run with the packages of everything."""
    text = str(content)
    return text[text.index("[tool.pytest") :] if "[tool.pytest" in text else content


def distinct_subsets(subsets: Iterable[Subset]) -> Mapping[Subset, Tested]:
    """Leave out subsets that are equal to another one for the tests.

    An extension that changes no tested file of any subset, and adds the same ones to all, is tried alone and
    with everything.
    """
    tested = {subset: tested_files(subset) for subset in subsets}
    apart = {name for name in EVERYTHING if _stands_apart(name, tested)}
    seen: dict[Tested, Subset] = {}
    for subset, files in tested.items():
        if not apart & set(subset) or subset == EVERYTHING or len(subset) == 1:
            seen.setdefault(files, subset)
    return {subset: files for files, subset in seen.items()}


def _stands_apart(name: str, tested: Mapping[Subset, Tested]) -> bool:
    added = set()
    for subset, files in tested.items():
        larger = tested.get(tuple(sorted((*subset, name))))
        if name in subset or larger is None or name not in closed([name]):
            continue
        if not files <= larger:
            return False
        added.add(larger - files)
    return len(added) == 1


def mark_of(files: Tested) -> str:
    """Return one digest of all."""
    return sha256(repr(sorted(files)).encode()).hexdigest()
