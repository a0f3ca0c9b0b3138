"""What an installation that was cut off left in an environment: found without asking the environment."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
from collections.abc import Container, Iterator
from pathlib import Path

from flaskgen.effects.project.environment_lookup import FoundEnvironment
from flaskgen.planning.packages.pins import normalized

_INFO = ".dist-info"


def list_entries(environment: FoundEnvironment) -> frozenset[str]:
    """Give what lies directly in the folders that packages are installed to, as paths in the environment."""
    root = environment.path
    return frozenset(
        entry.relative_to(root).as_posix() for folder in _folders(environment) for entry in folder.iterdir()
    )


def remove_new_entries(
    environment: FoundEnvironment, names: Container[str], *, before: Container[str]
) -> None:
    """Remove the packages of these names, whole or in part, as far as they are not ``before``.

    A package that is half there may have no RECORD, or files and nothing else: so what is new and in no
    other package's RECORD goes, too. What somebody else installed meanwhile stays.
    """
    entries = [environment.path / entry for entry in list_entries(environment) if entry not in before]
    for entry in entries:
        if entry.name.endswith(_INFO) and normalized(entry.name.partition("-")[0]) in names:
            _remove(entry)
    owned = set(_owned(environment))
    for entry in entries:
        if entry.name != "__pycache__" and not entry.name.endswith(_INFO) and entry not in owned:
            _remove(entry)


def _folders(environment: FoundEnvironment) -> list[Path]:
    scripts = (environment.path / name for name in ("bin", "Scripts"))
    return [*environment.site_packages, *(folder for folder in scripts if folder.is_dir())]


def _owned(environment: FoundEnvironment) -> Iterator[Path]:
    """Give the entries that installed packages have a file in."""
    tops = _folders(environment)
    for folder in environment.site_packages:
        for record in folder.glob(f"*{_INFO}/RECORD"):
            for path in _recorded(record, folder):
                for top in tops:
                    if path.is_relative_to(top) and path != top:
                        yield top / path.relative_to(top).parts[0]


def _recorded(record: Path, folder: Path) -> set[Path]:
    try:
        lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    names = (row[0] for row in csv.reader(lines) if row)
    return {Path(os.path.normpath(folder / name)) for name in names if name}


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            entry.unlink()
