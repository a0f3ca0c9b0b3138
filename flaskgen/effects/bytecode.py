"""Keep compiled modules between environments, because compiling SQLAlchemy takes longer than all the rest.

Python itself rejects a compiled file whose source has another time or size, so a wrong entry costs time and
nothing else: https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from flaskgen.effects.cache import cache_folder

_FOLDER = "__pycache__"


class BytecodeCache:
    """Compiled files by distribution, as its RECORD identifies it, and by the minor version of Python."""

    def __init__(self, python: str, *, root: Path | None = None) -> None:
        self._root = (root or cache_folder("bytecode")) / python

    def restore(self, site_packages: Path) -> None:
        """Put the compiled files of what is installed beside their sources, where they are kept."""
        for dist_info in site_packages.glob("*.dist-info"):
            entry = self._entry(dist_info)
            for compiled in _compiled_below(entry):
                target = site_packages / compiled.relative_to(entry)
                if target.parent.parent.is_dir():
                    _link(compiled, target)

    def keep(self, site_packages: Path, *, since: float) -> None:
        """Keep what Python compiled at or after ``since``, in seconds of the epoch."""
        owners = {top: dist for dist in site_packages.glob("*.dist-info") for top in _top_names(dist)}
        for compiled in _compiled_below(site_packages):
            relative = compiled.relative_to(site_packages)
            top = (
                relative.parts[0] if relative.parts[0] != _FOLDER else relative.name.partition(".")[0] + ".py"
            )
            if top in owners and compiled.stat().st_mtime >= since:
                _link(compiled, self._entry(owners[top]) / relative)

    def _entry(self, dist_info: Path) -> Path:
        try:
            digest = hashlib.sha256((dist_info / "RECORD").read_bytes()).hexdigest()[:16]
        except OSError:
            digest = "unrecorded"
        return self._root / f"{dist_info.stem}-{digest}"


def _top_names(dist_info: Path) -> set[str]:
    try:
        lines = (dist_info / "RECORD").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {line.partition(",")[0].partition("/")[0] for line in lines if ".py," in line}


def _compiled_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        if os.path.basename(parent) == _FOLDER:
            folders.clear()
            yield from (Path(parent, name) for name in names if name.endswith(".pyc"))


def _link(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, or a copy on another file system; a failure is no harm.

    Python replaces compiled files and never writes into them, so sharing one is safe.
    """
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        try:
            os.link(source, partial)
        except OSError:
            shutil.copy2(source, partial)
        os.replace(partial, target)
