"""Which files and directories of a project the user renamed, as git would find it out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.text_form import is_text
from flaskgen.planning.templates.tree import Content, Tree, encode

_LEAST_SIMILAR = 0.5
_FEWEST_LINES = 3
"""With fewer lines that say something, a file could be any: an empty ``__init__.py`` is like all others."""
_FROM_IMPORT = re.compile(rb"(?<![^\s])from (?P<dots>\.*)(?P<above>(?:\w+\.)*)(?P<name>\w+) import")
_FORM = b" \t\r,'\""
"""What formatters and editors change."""


class Renames(NamedTuple):
    """Where the files of a change belong in a project whose user renamed some of them."""

    paths: Mapping[PurePosixPath, PurePosixPath] = {}
    """The user's paths by those of the templates."""
    notes: Mapping[PurePosixPath, str] = {}
    """By the user's path, why a file is there; each is the end of a sentence that begins with the path."""
    packages: Mapping[PurePosixPath, PurePosixPath] = {}
    """By the user's path, the package that a module became and that imports what is in it."""
    roots: Set[PurePosixPath] = frozenset()
    """The directories below which the user's modules are imported, such as ``src``."""

    def follow(self, tree: Tree) -> Tree:
        """Return a tree with its files at the user's paths, and what they import under the user's names."""
        modules = {
            _module(old): self._imported_as(self.packages.get(new, _module(new)))
            for old, new in self.paths.items()
            if old.suffix == new.suffix == ".py"
        }
        followed = {}
        for path, content in tree.items():
            new = self.paths.get(path, path)
            is_affected = modules and new.suffix == ".py"
            followed[new] = (
                _importing(modules, path, self._imported_as(new), content) if is_affected else content
            )
        return followed

    def _imported_as(self, path: PurePosixPath) -> PurePosixPath:
        below = (path.relative_to(root) for root in self.roots if path.is_relative_to(root))
        return next(below, path)


def _module(path: PurePosixPath) -> PurePosixPath:
    """Return the path of a module or package, as imports name it."""
    return path.parent if path.name == "__init__.py" else path.with_suffix("")


def _importing(
    modules: Mapping[PurePosixPath, PurePosixPath], old: PurePosixPath, new: PurePosixPath, content: Content
) -> Content:
    """Return a file that went from ``old`` to ``new``, with imports from where the modules are now."""

    def renamed(found: re.Match[bytes]) -> bytes:
        imported = _imported(old, found)
        module = modules.get(imported, imported) if imported else None
        if module is None or (module == imported and old.parent == new.parent):
            return found[0]
        if not found["dots"]:
            return f"from {'.'.join(module.parts)} import".encode()
        levels = 1
        while levels <= len(new.parts) and not module.is_relative_to(new.parents[levels - 1]):
            levels += 1
        if levels >= len(new.parts):  # not in one package: a relative import cannot lead there
            return found[0]
        inside = module.relative_to(new.parents[levels - 1]).parts
        return f"from {'.' * levels}{'.'.join(inside)} import".encode() if inside else found[0]

    return _FROM_IMPORT.sub(renamed, encode(content))


def _imported(path: PurePosixPath, found: re.Match[bytes]) -> PurePosixPath | None:
    """Return the module that an import in a file names; None if it leads out of the project."""
    dots, above, name = (found[key].decode() for key in ("dots", "above", "name"))
    if len(dots) > len(path.parents):
        return None
    directory = path.parents[len(dots) - 1] if dots else PurePosixPath()
    return directory / above.replace(".", "/") / name


NO_RENAMES = Renames()


def find_renames(base: Tree, ours: Mapping[PurePosixPath, bytes], theirs: Tree) -> Renames:
    """Find the files of ``base`` that the user renamed, and the directories.

    ``base`` is what flaskgen wrote, without files that are kept out of the record. ``ours`` has every file of
    the user's; it is read once, file by file. A file is renamed if it is gone and
    another one, which is in neither tree, has the same content, or half of its lines or more. A directory is
    renamed if all files of ``base`` in it are gone and most of those that were found again are in one other:
    then new files of the change go there as well.
    """
    lost = base.keys() - ours.keys()
    known = base.keys() | theirs.keys()
    if not lost:
        return NO_RENAMES
    found = _pair(
        {path: encode(base[path]) for path in lost},
        ((path, ours[path]) for path in ours if path not in known),
    )
    directories = _renamed_directories(base, lost, found)
    paths, notes = dict(found), {new: f"renamed from {old}" for old, new in found.items()}
    for old in sorted((lost - found.keys()) | (theirs.keys() - base.keys())):
        directory = next((parent for parent in old.parents if parent in directories), None)
        if directory is None:
            continue
        new = directories[directory] / old.relative_to(directory)
        if new in known or new in notes or (old in lost and new not in ours):
            continue
        paths[old] = new
        notes[new] = f"created here, because you renamed {directory} to {directories[directory]}"
    packages = {new: new.parent for old, new in found.items() if _is_its_package(old, new, ours)}
    return Renames(paths, notes, packages, _roots(directories, ours))


def _roots(
    directories: Mapping[PurePosixPath, PurePosixPath], ours: Mapping[PurePosixPath, bytes]
) -> frozenset[PurePosixPath]:
    """Return where directories of the project's root went, if that is no package and no import names it."""
    places = {new.parent for old, new in directories.items() if len(old.parts) == 1 < len(new.parts)}
    return frozenset(root for root in places if not _is_imported(root, ours))


def _is_imported(directory: PurePosixPath, ours: Mapping[PurePosixPath, bytes]) -> bool:
    named = re.compile(rb"\b(?:from|import) %b\b" % re.escape(".".join(directory.parts)).encode())
    code = (content for path, content in ours.items() if path.suffix == ".py")
    return directory / "__init__.py" in ours or any(map(named.search, code))


def _is_its_package(old: PurePosixPath, new: PurePosixPath, ours: Mapping[PurePosixPath, bytes]) -> bool:
    """Return whether a module went into a package of its name, which imports from it."""
    package = new.parent / "__init__.py"
    return new.parent.name == _module(old).name and any(
        _imported(package, line) == _module(new) for line in _FROM_IMPORT.finditer(ours.get(package, b""))
    )


def _pair(
    lost: Mapping[PurePosixPath, bytes], others: Iterable[tuple[PurePosixPath, bytes]]
) -> dict[PurePosixPath, PurePosixPath]:
    """Return the other file that each became: the most similar first, and each only once."""
    lines_of = {path: _lines(content) for path, content in lost.items()}
    by_line: dict[bytes, list[PurePosixPath]] = defaultdict(list)
    sizes = {path: _size(lines) for path, lines in lines_of.items()}
    telling = {path for path, lines in lines_of.items() if _is_telling(lines)}
    for path, lines in lines_of.items():
        for line in lines:
            by_line[line].append(path)
    candidates = []
    for new, content in others:
        lines = _lines(content)
        size = _size(lines)
        shared = Counter[PurePosixPath]()
        for line in lines.keys() & by_line.keys():
            for old in by_line[line]:
                shared[old] += min(lines[line], lines_of[old][line]) * len(line)
        for old, common in shared.items():
            similarity = common / max(size, sizes[old])
            if similarity >= _LEAST_SIMILAR and (old.name == new.name or old in telling):
                closeness = len({*old.parts} & {*new.parts})
                candidates.append((-similarity, old.name != new.name, -closeness, old, new))
    pairs: dict[PurePosixPath, PurePosixPath] = {}
    taken = set()
    for *_, old, new in sorted(candidates):
        if old not in pairs and new not in taken:
            pairs[old] = new
            taken.add(new)
    return pairs


def _lines(content: bytes) -> Counter[bytes]:
    """Count the lines of a text; what is none counts as a whole."""
    lines = content.translate(None, delete=_FORM).split(b"\n") if is_text(content) else [content]
    return Counter(filter(None, lines))


def _size(lines: Counter[bytes]) -> int:
    return sum(len(line) * count for line, count in lines.items())


def _is_telling(lines: Counter[bytes]) -> bool:
    """Return whether a file could not be any."""
    says = (count for line, count in lines.items() if any(chr(byte).isalnum() for byte in line))
    return sum(says) >= _FEWEST_LINES or any(b"\0" in line for line in lines)


def _renamed_directories(
    base: Tree, lost: Set[PurePosixPath], found: Mapping[PurePosixPath, PurePosixPath]
) -> dict[PurePosixPath, PurePosixPath]:
    """Return the directories that are gone, and of which most that was found again is in one other."""
    targets: dict[PurePosixPath, Counter[PurePosixPath]] = defaultdict(Counter)
    for pair in found.items():
        for old, new in zip(*(path.parents for path in pair), strict=False):
            targets[old][new] += 1
            if old.name != new.name:
                break
    there = {PurePosixPath(), *(parent for path in base.keys() - lost for parent in path.parents)}
    renamed = {}
    for old, places in targets.items():
        [(new, count)] = places.most_common(1)
        if old not in there and 2 * count > places.total():
            renamed[old] = new
    return renamed
