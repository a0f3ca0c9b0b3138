"""Compare installed files with the RECORD that their installer left."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flaskgen.errors import InstallFailed

_SECURE = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True)
class DamagedFile:
    """A file that is not what its distribution installed."""

    distribution: str
    """The name and version of its dist-info folder: ``flask-3.1.3``."""
    path: Path
    missing: bool
    """True where it is not there at all, False where its content is another."""


def verify_records(site_packages: Path) -> tuple[DamagedFile, ...]:
    """Hash every file that a RECORD in the folder lists with a hash, and give those that differ.

    Bytecode is passed over: interpreters rewrite it, and reject what is stale. uv links its cache into
    environments, so that an edit in one of them changes, silently, what the next installation gets.
    """
    # Threads cost more than they give here: most files are a few kilobytes.
    return tuple(damaged for info in _info_folders(site_packages) for damaged in _verify_distribution(info))


def require_undamaged(site_packages: Path) -> None:
    """Raise InstallFailed, naming them, where installed files are not what their RECORD says."""
    damaged = verify_records(site_packages)
    if damaged:
        names = sorted({file.distribution for file in damaged})
        raise InstallFailed(
            f"{len(damaged)} installed files are damaged, such as `{damaged[0].path.name}` of {names[0]}",
            hint=f"uv's cache is damaged ({', '.join(names)}): clean it with `uv cache clean`",
        )


def missing_files(info: Path) -> tuple[Path, ...]:
    """Give the files, bytecode aside, that the RECORD of a dist-info folder lists and that are not there."""
    return tuple(Path(os.path.normpath(path)) for path, _ in _entries(info) if not os.path.lexists(path))


def _info_folders(site_packages: Path) -> list[Path]:
    with os.scandir(site_packages) as found:
        # `~lask-3.1.dist-info` is what an interrupted uninstall leaves: its files may be gone.
        names = [entry.name for entry in found if entry.name.endswith(".dist-info") and entry.is_dir()]
    return [site_packages / name for name in sorted(names) if not name.startswith("~")]


def _entries(info: Path) -> Iterator[tuple[str, str]]:
    """Give path and digest of each file that has one, without Path objects: there are thousands."""
    try:
        text = (info / "RECORD").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    root = str(info.parent)
    for row in csv.reader(text.splitlines()):
        # Without a hash stand bytecode, RECORD itself, and in what virtualenv installs also folders.
        if len(row) > 1 and row[1] and not row[0].endswith(".pyc"):
            yield os.path.join(root, row[0]), row[1]


def _verify_distribution(info: Path) -> list[DamagedFile]:
    name = info.name.removesuffix(".dist-info")
    damaged = []
    for path, digest in _entries(info):
        content = _read(path)
        if content is None or not _matches(content, digest):
            damaged.append(DamagedFile(name, Path(os.path.normpath(path)), missing=content is None))
    return damaged


def _read(path: str) -> bytes | None:
    try:
        # A fifo would be waited for, for ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb", buffering=0) as file:
            return file.readall()
    except (OSError, ValueError):  # a path with a NUL in it is a ValueError
        return None


def _matches(content: bytes, digest: str) -> bool:
    algorithm, _, expected = digest.partition("=")
    if algorithm not in _SECURE:
        return True
    actual = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(actual).rstrip(b"=").decode() == expected
