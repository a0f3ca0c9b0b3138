"""Compare an environment's files with the RECORDs that uv left, to find damage and what a failed run left."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import shutil
import stat
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from flaskgen.effects.python.environments import Environment
from flaskgen.errors import PYTHON, Fix, InstallFailed
from flaskgen.planning.packages.pins import normalized

_INFO = ".dist-info"
_SECURE = frozenset({"sha256", "sha384", "sha512"})


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
