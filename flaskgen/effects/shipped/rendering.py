"""Render projects with templates that an earlier run compiled, because compiling takes most of the time."""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from importlib.util import MAGIC_NUMBER
from pathlib import Path, PurePosixPath

from flaskgen.effects.system.limits import limited
from flaskgen.effects.system.user_directories import cache_folder
from flaskgen.planning.project.spec import ProjectSpec, render_project
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.render import COMPILED, Code, RenderedParts
from flaskgen.planning.templates.tree import Tree

_DIGEST = 32  # bytes
_MOST = 3000
"""Templates that are kept; the catalogue has some hundreds, and edited ones leave their old forms behind."""


def render_projects(
    specs: Iterable[ProjectSpec],
    catalogue: Catalogue,
    *,
    secret_key: str,
    only: PurePosixPath | None = None,
) -> tuple[Tree, ...]:
    """Return the files of each specification, as ``render_project`` does, and keep what was compiled."""
    cache = cache_folder("templates") / f"{MAGIC_NUMBER.hex()}.bin"  # each Python's code is its own
    if not COMPILED:
        COMPILED.update(read_code(cache))
    there, parts = len(COMPILED), RenderedParts()
    others = ", ".join(catalogue.versions(catalogue.extensions))
    with limited(others) if others else nullcontext():
        trees = tuple(
            render_project(spec, catalogue, secret_key=secret_key, only=only, before=parts) for spec in specs
        )
    if len(COMPILED) > there:
        keep_code(cache, COMPILED if len(COMPILED) <= _MOST else {})
    return trees


def read_code(cache: Path) -> Code:
    """Return the compiled templates that a file keeps; none of a file that is missing or damaged."""
    with suppress(OSError):
        content = cache.read_bytes()
        if hashlib.sha256(content[_DIGEST:]).digest() == content[:_DIGEST]:
            return dict(marshal.loads(content[_DIGEST:]))  # noqa: S302 - as Python's own compiled files
    return {}


def keep_code(cache: Path, code: Code) -> None:
    """Keep compiled templates in a file; one that cannot be written costs the next run time, and no more."""
    content = marshal.dumps(dict(code))
    partial = cache.with_name(f"{cache.name}.{os.getpid()}")
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(hashlib.sha256(content).digest() + content)
        os.replace(partial, cache)
    with suppress(OSError):
        partial.unlink()
