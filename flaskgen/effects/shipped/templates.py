"""Load the catalogue: what flaskgen ships, and the extensions of others that are wanted.

Those are found in installed packages and in directories, without running their code.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from flaskgen.effects.system.limits import limited
from flaskgen.errors import NameClash, TemplateDefect, UsageError
from flaskgen.planning.templates.catalogue import Catalogue, Extension
from flaskgen.planning.templates.catalogue_reading import (
    ExtensionFiles,
    decode,
    extend_catalogue,
    read_catalogue,
)
from flaskgen.planning.templates.manifest import parse_manifest


def load_catalogue(directories: Sequence[Path] = (), names: Sequence[str] | None = ()) -> Catalogue:
    """Return what flaskgen ships, with those of the other extensions that ``names`` have; None means all.

    ``names`` are lists as typed. The others are in installed packages and in ``directories``; if none can be
    meant, nobody looks for them. Raises what ``find_extensions`` and ``read_wanted`` raise.
    """
    shipped = _shipped()
    if names is None:
        asked = None
    else:
        asked = [name.strip().lower() for text in names for name in text.split(",")]
        if not (directories or {*asked} - {*shipped.extensions, "all", "none", ""}):
            return shipped
    found = find_extensions(directories, shipped)
    if asked is not None and {*asked} - {*shipped.extensions, *found, "all", "none", ""}:
        asked = None  # one is misspelled: the message names the nearest of all
    if not found:
        return shipped
    with limited("reading the extensions"):
        wanted = read_wanted(found, asked)
        return extend_catalogue(shipped, wanted) if wanted else shipped


@cache
def _shipped() -> Catalogue:
    """Read the base and the extensions that flaskgen ships, once in a process."""
    return load_catalogue_from(Path(import_module("flaskgen.project_templates").__path__[0]))


def load_catalogue_from(folder: Path) -> Catalogue:
    """Read a template directory. Raises TemplateDefect as ``read_files`` and ``read_catalogue`` do."""
    return read_catalogue(dict(sorted(read_files(folder))))


GROUP = "flaskgen.extensions"
"""The entry points of packages that bring extensions; each names a package with a directory of them."""
MANIFEST = "manifest.toml"
_NOT_TEMPLATES = frozenset({"__init__.py", "__pycache__"})
_MOST, _MOST_BYTES = 1_000, 20_000_000


def find_extensions(directories: Iterable[Path], shipped: Catalogue) -> dict[str, Path]:
    """Return the directory of each extension that flaskgen does not ship, by name.

    Raises NameClash, naming both places, for two of one name, TemplateDefect for a link, and UsageError for a
    directory without extensions.
    """
    found: dict[str, Path] = {}
    for root in (*directories, *_of_packages()):
        there = dict(_extensions_in(root))
        if not there:
            raise UsageError(
                f"`{root}` has no extensions: there is no {MANIFEST} in it or one level below",
                hint="name a directory of extensions, or create one: flaskgen extension new NAME",
            )
        for name, place in there.items():
            if name in shipped.extensions:
                raise _clash(name, "flaskgen itself", place)
            if not found.setdefault(name, place).samefile(place):
                raise _clash(name, found[name], place)
    return found


def _clash(name: str, one: Path | str, other: Path) -> NameClash:
    return NameClash(
        f"two extensions are named `{name}`: in {one} and in {other}",
        hint="rename one of them, or remove its directory or package",
    )


def _extensions_in(root: Path) -> Iterator[tuple[str, Path]]:
    """Return the extension that a directory is, or those that it holds."""
    if (root / MANIFEST).exists():
        yield root.resolve().name, root
        return
    try:
        with os.scandir(root) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir() and os.path.lexists(os.path.join(entry.path, MANIFEST)):
                    if entry.is_symlink():
                        raise TemplateDefect(f"{entry.path}: an extension is a directory, not a link")
                    yield entry.name, Path(entry.path)
    except OSError as error:
        raise UsageError(
            f"cannot read `{root}`: {error.strerror}", hint="name a directory of extensions"
        ) from error


def _of_packages() -> Iterator[Path]:
    """Return the directories that installed packages name, without importing one of these."""
    from importlib.util import find_spec

    for package, value in _entry_points():
        top, *inner = value.split(".")
        try:
            spec = find_spec(top) if top.isidentifier() else None
        except (ImportError, ValueError):
            spec = None
        locations = spec.submodule_search_locations if spec else None
        places = [Path(location, *inner) for location in locations or ()]
        place = next((place for place in places if place.is_dir()), None)
        if place is None:
            raise TemplateDefect(
                f"the entry point `{value}` of {package} does not lead to a directory",
                hint=f"tell its authors, or uninstall it: python -m pip uninstall {package}",
            )
        yield place


def _entry_points() -> Iterator[tuple[str, str]]:
    """Yield the name of each package that has some in the group, and their values."""
    from importlib.metadata import distributions

    for package in distributions():
        try:
            values = [point.value for point in package.entry_points.select(group=GROUP)]
        except ValueError as error:  # since Python 3.15, if one is malformed, of whatever group
            concerns_us = f"[{GROUP}]" in (package.read_text("entry_points.txt") or "")
            values = [str(error.args[-1])] if concerns_us else []
        yield from ((package.name, value) for value in values)


def read_wanted(found: dict[str, Path], names: Sequence[str] | None) -> list[ExtensionFiles]:
    """Read the found extensions that are named, and what they require of the others; None means all."""
    queue = list(found if names is None else (name for name in names if name in found))
    wanted: dict[str, ExtensionFiles] = {}
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted[name] = read_extension(found[name], name)
            queue += [need for need in wanted[name].manifest.needs if need in found]
    return list(wanted.values())


def read_extension(directory: Path, name: str | None = None) -> ExtensionFiles:
    """Read an extension. Raises TemplateDefect, naming the path, as ``read_files`` does."""
    files = dict(sorted(read_files(directory, most=_MOST, most_bytes=_MOST_BYTES)))
    source = str(directory / MANIFEST)
    if MANIFEST not in files:
        raise TemplateDefect(f"{source} is missing")
    manifest: Extension = parse_manifest(
        decode(files[MANIFEST], source),
        name=name or directory.resolve().name,
        source=source,
        place=str(directory),
    )
    return ExtensionFiles(manifest, files)


def read_files(
    root: Path, *, most: float = math.inf, most_bytes: float = math.inf
) -> Iterator[tuple[str, bytes]]:
    """Return the files by their path: hundreds of small ones, so without an object or a call for each.

    Raises TemplateDefect, naming the path, for a link, a FIFO, a device, a file that cannot be read, and for
    more than ``most`` files and directories, or ``most_bytes``.
    """
    folders = [(os.fspath(root), "")]
    count = size = 0
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = prefix + entry.name
                    if path in _NOT_TEMPLATES or path[0] == ".":  # such as the .git of its author
                        continue
                    count += 1
                    is_file = entry.is_file(follow_symlinks=False)
                    if is_file:
                        size += entry.stat(follow_symlinks=False).st_size
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, f"{path}/"))
                    else:
                        raise TemplateDefect(
                            f"{entry.path}: a template must be a regular file, not a link, FIFO or device",
                            hint="remove it, or put the file itself there",
                        )
                    if count > most or size > most_bytes:
                        raise TemplateDefect(
                            f"{root}: it has more than {most} files and directories, or {most_bytes:,} bytes",
                            hint="keep everything else outside this directory",
                        )
                    if is_file:
                        with open(entry.path, "rb", buffering=0) as file:
                            yield path, file.read()
        except OSError as error:
            raise TemplateDefect(f"{folder}: cannot be read: {error.strerror}") from error
