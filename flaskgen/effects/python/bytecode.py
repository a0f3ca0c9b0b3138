"""Keep compiled modules between environments, because compiling SQLAlchemy takes longer than all the rest.

They are kept by the minor version of Python and by distribution, as its RECORD identifies it. Python itself
rejects a compiled file whose source has another time or size, so a stale one costs time and nothing else:
https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
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
from flaskgen.effects.python.records import info_directories
from flaskgen.effects.system.user_directories import cache_folder

_FOLDER = "__pycache__"
_OLDEST = 30 * 24 * 60 * 60
"""Seconds without use; a project with every extension has some 30 million bytes a Python."""


class _Distribution(NamedTuple):
    """What is installed from one dist-info directory."""

    site_packages: str
    entry: Path
    """Its directory in the cache."""
    modules: dict[str, set[str]]
    """The names of its modules, by their directory in site-packages."""


def restore_bytecode(environment: Environment, packages: Container[str] | None = None) -> None:
    """Put the compiled files that are kept of ``packages`` (default: of all) beside their sources.

    A compiled file that is already there stays.
    """
    for distribution in _distributions(environment, packages):
        with suppress(OSError):  # one that cannot be marked as used grows old
            os.utime(distribution.entry)
        for directory in distribution.modules:
            source = os.path.join(distribution.entry, directory, _FOLDER)
            target = os.path.join(distribution.site_packages, directory)
            if os.path.isdir(source) and os.path.isdir(target):
                _link_new(source, os.path.join(target, _FOLDER))


def keep_bytecode(environment: Environment, *, since: float) -> None:
    """Keep what the environment's Python compiled at or after ``since``, seconds of the epoch.

    What no environment was filled from for a month is dropped: what these have of it is their own, and stays.
    """
    for distribution in _distributions(environment):
        for directory, modules in distribution.modules.items():
            source = os.path.join(distribution.site_packages, directory, _FOLDER)
            # Python renames a compiled file into its place, which the directory's own time shows.
            if os.path.isdir(source) and os.stat(source).st_mtime >= since:
                for name in _compiled(source):
                    path = os.path.join(source, name)
                    if name.partition(".")[0] in modules and os.stat(path).st_mtime >= since:
                        _replace(path, os.path.join(distribution.entry, directory, _FOLDER, name))
    for entry in cache_folder("bytecode").glob("*/*"):
        with suppress(OSError):  # another run removed it
            if time.time() - entry.stat().st_mtime > _OLDEST:
                shutil.rmtree(entry, ignore_errors=True)


def is_compiled(environment: Environment, package: str) -> bool:
    """Return whether a package, such as ``werkzeug/debug``, was ever compiled there, or is not there."""
    found = [path for directory in environment.site_packages if (path := directory / package).is_dir()]
    return all((path / _FOLDER).is_dir() for path in found)


def _distributions(
    environment: Environment, packages: Container[str] | None = None
) -> Iterator[_Distribution]:
    cache = cache_folder("bytecode") / environment.interpreter.minor
    for info in info_directories(environment, packages):
        try:
            lines = (info / "RECORD").read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        # Modules only: the lines of scripts differ with the environment's path, which stands in them.
        rows = sorted(line for line in lines if ".py," in line and not line.startswith("../"))
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
        modules: dict[str, set[str]] = {}
        for row in rows:
            directory, _, name = row.partition(".py,")[0].rpartition("/")
            modules.setdefault(directory, set()).add(name)
        yield _Distribution(str(info.parent), cache / f"{info.stem}-{digest}", modules)


def _compiled(directory: str) -> list[str]:
    """Return the compiled files, without what a killed run left."""
    return [name for name in os.listdir(directory) if name.endswith(".pyc")]


def _link_new(source: str, target: str) -> None:
    """Make the files of one directory appear in another, those that are not there; a failure is no harm.

    Links, since Python replaces compiled files and never writes into them, so sharing one is safe.
    """
    with suppress(OSError):
        os.makedirs(target, exist_ok=True)
        for name in _compiled(source):
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
