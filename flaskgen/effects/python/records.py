"""What the RECORDs of an environment's packages tell: damage, what a failed run left, what was compiled.

Compiled modules are kept between environments, because compiling SQLAlchemy takes longer than all the rest:
by the minor version of Python and by distribution, as its RECORD identifies it. Python itself rejects a
compiled file whose source has another time or size, so a stale one costs time and nothing else:
https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from flaskgen.effects.python.environments import Environment
from flaskgen.effects.system.user_directories import cache_folder
from flaskgen.errors import PYTHON, Fix, InstallFailed
from flaskgen.planning.packages.pins import normalized

_INFO = ".dist-info"
_SECURE = frozenset({"sha256", "sha384", "sha512"})
_FOLDER = "__pycache__"
_OLDEST = 30 * 24 * 60 * 60
"""Seconds without use; a project with every extension has some 30 million bytes a Python."""


class DamagedFile(NamedTuple):
    """A file that is not what its distribution installed."""

    distribution: str
    """The name and version of its dist-info directory: ``flask-3.1.3``."""
    path: Path

    @property
    def package(self) -> str:
        """The normalised name: ``flask-login``."""
        return _package_of(self.distribution)


def verify_records(
    environment: Environment, packages: Container[str] | None = None
) -> tuple[DamagedFile, ...]:
    """Hash every file of ``packages`` (default: of all) that a RECORD lists, and return those that differ.

    Bytecode is passed over: interpreters rewrite it, and reject what is stale. uv links its cache into
    environments, so that an edit in one of them changes, silently, what the next installation gets.
    """
    # Threads cost more than they give here: most files are a few kilobytes.
    return tuple(
        DamagedFile(info.name.removesuffix(_INFO), Path(os.path.normpath(path)))
        for info in info_directories(environment, packages)
        for path, digest in _hashed(info)
        if not _has_digest(path, digest)
    )


def require_undamaged(environment: Environment, packages: Container[str] | None = None) -> None:
    """Raise InstallFailed, naming them, if files of ``packages`` are not what their RECORD says."""
    damaged = verify_records(environment, packages)
    if damaged:
        names = sorted({file.package for file in damaged})
        some = "1 installed file is" if len(damaged) == 1 else f"{len(damaged)} installed files are"
        raise InstallFailed(
            f"{some} damaged, such as `{damaged[0].path.name}` of {damaged[0].distribution}",
            hint=f"uv's cache is damaged: clean it with `uv cache clean {' '.join(names)}`",
            fix=Fix(first=f"{PYTHON} -m uv cache clean {' '.join(names)}"),
        )


def missing_files(info: Path) -> tuple[Path, ...]:
    """Return the files, bytecode aside, that a dist-info directory's RECORD lists and that are not there."""
    return tuple(Path(os.path.normpath(path)) for path, _ in _hashed(info) if not os.path.lexists(path))


def owners_of_modules(environment: Environment) -> dict[str, str]:
    """Return the package that installed each module at the top, such as ``flask_bootstrap``."""
    return {
        PurePath(row[0]).parts[0].removesuffix(".py"): _package_of(info.name)
        for info in info_directories(environment)
        for row in _rows(info)
    }


def list_entries(environment: Environment) -> frozenset[str]:
    """Return what lies directly in the directories that packages are installed to, below the root."""
    root = environment.path
    return frozenset(
        entry.relative_to(root).as_posix() for top in _tops(environment) for entry in top.iterdir()
    )


def remove_new_entries(environment: Environment, names: Container[str], *, before: Container[str]) -> None:
    """Remove the packages of these names, whole or in part, as far as they are not ``before``.

    A package that is half there may have no RECORD, or files and nothing else: so what is new and in no
    other package's RECORD goes, too. What somebody else installed meanwhile stays. Raises OSError.
    """
    entries = [environment.path / entry for entry in list_entries(environment) if entry not in before]
    for entry in entries:
        if entry.name.endswith(_INFO) and _package_of(entry.name) in names:
            _remove(entry)
    owned = set(_owned_entries(environment))
    for entry in entries:
        if entry.name != "__pycache__" and not entry.name.endswith(_INFO) and entry not in owned:
            _remove(entry)


def _package_of(info: str) -> str:
    """Return the package of a dist-info directory: in its name, the version comes after the first hyphen."""
    return normalized(info.partition("-")[0])


def _tops(environment: Environment) -> list[Path]:
    scripts = (environment.path / name for name in ("bin", "Scripts"))
    return [*environment.site_packages, *(directory for directory in scripts if directory.is_dir())]


def _owned_entries(environment: Environment) -> Iterator[Path]:
    """Yield the entries that installed packages have a file in."""
    tops = _tops(environment)
    for info in info_directories(environment):
        with suppress(OSError):
            for row in _rows(info):
                path = Path(os.path.normpath(info.parent / row[0]))
                for top in tops:
                    if path != top and path.is_relative_to(top):
                        yield top / path.relative_to(top).parts[0]


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)


def info_directories(environment: Environment, packages: Container[str] | None = None) -> Iterator[Path]:
    """Yield the dist-info directories of ``packages`` (default: of all)."""
    for directory in environment.site_packages:
        with os.scandir(directory) as found:
            names = [entry.name for entry in found if entry.name.endswith(_INFO) and entry.is_dir()]
        for name in sorted(names):
            # `~lask-3.1.dist-info` is what an interrupted uninstall leaves: its files may be gone.
            if not name.startswith("~") and (packages is None or _package_of(name) in packages):
                yield directory / name


def _rows(info: Path) -> Iterator[list[str]]:
    """Yield the path and, where there are any, the digest and size of each file of a distribution."""
    try:
        text = (info / "RECORD").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    yield from (row for row in csv.reader(text.splitlines()) if row and row[0])


def _hashed(info: Path) -> Iterator[tuple[str, str]]:
    """Yield path and digest of each file that has one, without Path objects: there are thousands."""
    root = str(info.parent)
    for row in _rows(info):
        # Without a hash are bytecode, RECORD itself, and directories in what virtualenv installs.
        if len(row) > 1 and row[1] and not row[0].endswith(".pyc"):
            yield os.path.join(root, row[0]), row[1]


def _has_digest(path: str, digest: str) -> bool:
    algorithm, _, expected = digest.partition("=")
    try:
        # Reading a FIFO would wait forever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb", buffering=0) as file:
            content = file.readall()
    except (OSError, ValueError):  # a path with a NUL in it is a ValueError
        return False
    if algorithm not in _SECURE:
        return True
    actual = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(actual).rstrip(b"=").decode() == expected


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
                        _share(path, os.path.join(distribution.entry, directory, _FOLDER, name))
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
                _share(os.path.join(source, name), os.path.join(target, name))


def _share(source: str, target: str) -> None:
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
