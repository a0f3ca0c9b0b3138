"""Keep compiled modules between environments, because compiling SQLAlchemy takes longer than all the rest.

What is not used for long is dropped from the cache.

Python itself rejects a compiled file whose source has another time or size, so a stale one costs time and
nothing else: https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from flaskgen.effects.python.environments import Environment
from flaskgen.effects.system.cache import cache_folder
from flaskgen.planning.packages.pins import normalized

_FOLDER = "__pycache__"
_SUFFIX = ".pyc"
_OLDEST = 30 * 24 * 60 * 60
"""Seconds without use; a project with every extension has some 30 million bytes a Python."""


class _Distribution(NamedTuple):
    """What is installed from one dist-info directory, as far as it is compiled."""

    name: str
    entry: str
    """Its directory in the cache."""
    site_packages: str
    tops: frozenset[str]
    """The modules and packages of it that stand in site-packages itself."""


class BytecodeCache:
    """Compiled files by distribution, as its RECORD identifies it, and by the minor version of Python."""

    def __init__(self, python: str, *, root: Path | None = None) -> None:
        self._all = root or cache_folder("bytecode")
        self._root = str(self._all / python)

    def restore(self, environment: Environment, packages: Container[str] | None = None) -> frozenset[str]:
        """Put the compiled files that are kept of ``packages`` (default: of all) beside their sources.

        Return the packages, by normalised name. A compiled file that is already there stays.
        """
        restored = set()
        for distribution in _distributions(environment):
            if packages is not None and distribution.name not in packages:
                continue
            entry = os.path.join(self._root, distribution.entry)
            with suppress(OSError):  # one that cannot be marked as used grows old
                os.utime(entry)
            for folder in _compiled_folders(entry):
                target = os.path.join(distribution.site_packages, os.path.relpath(folder, entry))
                if os.path.isdir(os.path.dirname(target)):
                    restored.add(distribution.name)
                    _link_new(folder, target)
        return frozenset(restored)

    def keep(self, environment: Environment, *, since: float) -> None:
        """Keep what the environment's Python compiled at or after ``since``, seconds of the epoch."""
        distributions = list(_distributions(environment))
        owners = {(found.site_packages, top): found for found in distributions for top in found.tops}
        compiled = [
            (str(site_packages), path)
            for site_packages in environment.site_packages
            for path in _compiled_since(str(site_packages), since)
        ]
        for site_packages, path in compiled:
            relative = os.path.relpath(path, site_packages)
            top = relative.partition(os.sep)[0]
            if top == _FOLDER:
                top = os.path.basename(path).partition(".")[0] + ".py"
            if owner := owners.get((site_packages, top)):
                _replace(path, os.path.join(self._root, owner.entry, relative))
        if compiled:
            prune(self._all)


def is_compiled(environment: Environment, package: str) -> bool:
    """Return whether a package, such as ``werkzeug/debug``, was ever compiled there, or is not there."""
    found = [path for directory in environment.site_packages if (path := directory / package).is_dir()]
    return all((path / _FOLDER).is_dir() for path in found)


def _compiled_since(site_packages: str, since: float) -> Iterator[str]:
    for folder in _compiled_folders(site_packages):
        # Python renames a compiled file into its place, which the directory's own time shows.
        if os.stat(folder).st_mtime >= since:
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if name.endswith(_SUFFIX) and os.stat(path).st_mtime >= since:
                    yield path


def _distributions(environment: Environment) -> Iterator[_Distribution]:
    for dist_info in (info for path in environment.site_packages for info in path.glob("*.dist-info")):
        try:
            lines = (dist_info / "RECORD").read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        # Modules only: the lines of scripts differ with the environment's path, which stands in them.
        modules = sorted(line for line in lines if ".py," in line and not line.startswith("../"))
        digest = hashlib.sha256("\n".join(modules).encode()).hexdigest()[:16]
        tops = frozenset(line.partition(",")[0].partition("/")[0] for line in modules)
        name, entry = normalized(dist_info.stem.partition("-")[0]), f"{dist_info.stem}-{digest}"
        yield _Distribution(name, entry, str(dist_info.parent), tops)


def _compiled_folders(root: str) -> Iterator[str]:
    for parent, folders, _ in os.walk(root):
        if _FOLDER in folders:
            folders.remove(_FOLDER)
            yield os.path.join(parent, _FOLDER)


def _link_new(source: str, target: str) -> None:
    """Make the files of one directory appear in another, those that are not there; a failure is no harm.

    Links, since Python replaces compiled files and never writes into them, so sharing one is safe.
    """
    with suppress(OSError):
        os.makedirs(target, exist_ok=True)
        for name in os.listdir(source):
            if not name.endswith(_SUFFIX):  # what a killed run left
                continue
            try:
                os.link(os.path.join(source, name), os.path.join(target, name))
            except FileExistsError:
                continue
            except OSError:
                _replace(os.path.join(source, name), os.path.join(target, name))


def _replace(source: str, target: str) -> None:
    """Make ``target`` the same file as ``source``, or a copy on another file system; a failure is no harm."""
    partial = f"{target}.{os.getpid()}"
    with suppress(OSError):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            os.link(source, partial)
        except OSError:
            shutil.copy2(source, partial)
        os.replace(partial, target)
    with suppress(OSError):
        # Renaming one name of a file over another name of the same file does nothing.
        os.unlink(partial)


def prune(root: Path) -> None:
    """Remove the entries below ``root`` that no environment was filled from for a month.

    What an environment has of them is its own by a link or a copy, and stays.
    """
    for entry in root.glob("*/*"):
        with suppress(OSError):  # another run removed it
            if time.time() - entry.stat().st_mtime > _OLDEST:
                shutil.rmtree(entry, ignore_errors=True)
