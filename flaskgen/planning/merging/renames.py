"""Which files and directories of a project the user renamed, as git would find it out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from flaskgen.planning.merging.text_form import is_text
from flaskgen.planning.templates.tree import Content, Tree, encode

LARGEST_COMPARED = 1_000_000
"""Bytes; a larger file is none that flaskgen wrote."""
_LEAST_SIMILAR = 0.5
_FEWEST_LINES = 3
"""With fewer lines that say something, a file could be any: an empty ``__init__.py`` is like all others."""
_FROM_IMPORT = re.compile(rb"(?<![^\s])from (?P<dots>\.*)(?P<above>(?:\w+\.)*)(?P<name>\w+) import")
_FORM = b" \t\r,'\""
"""What formatters and editors change."""


@dataclass(frozen=True)
class Renames:
    """Where the files of a change belong in a project whose user renamed some of them."""

    paths: Mapping[PurePosixPath, PurePosixPath] = field(default_factory=dict)
    """The user's paths by those of the templates."""
    notes: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """By the user's path, why a file is there; each is the end of a sentence that begins with the path."""

    def follow(self, tree: Tree) -> Tree:
        """Return a tree with its files at the user's paths, and what they import under the user's names."""
        modules = {
            old.with_suffix(""): new.stem
            for old, new in self.paths.items()
            if old.suffix == new.suffix == ".py" and old.parent == new.parent
        }
        return {
            self.paths.get(path, path): _importing(modules, path, content) if modules else content
            for path, content in tree.items()
        }


def _importing(modules: Mapping[PurePosixPath, str], path: PurePosixPath, content: Content) -> Content:
    """Return a file whose imports from renamed modules, by path without a suffix, have the new names."""
    if path.suffix != ".py":
        return content

    def renamed(found: re.Match[bytes]) -> bytes:
        dots, above, name = (found[key].decode() for key in ("dots", "above", "name"))
        directory = path.parents[len(dots) - 1] if 0 < len(dots) <= len(path.parents) else PurePosixPath()
        new = modules.get(directory / above.replace(".", "/") / name, name)
        return f"from {dots}{above}{new} import".encode()

    return _FROM_IMPORT.sub(renamed, encode(content))


NO_RENAMES = Renames()


def renames_matter(base: Tree, ours: Set[PurePosixPath], theirs: Tree) -> bool:
    """Return whether a change has anything for a file that is gone, or for a directory that may be renamed.

    Otherwise nobody has to read the user's other files, of which there may be thousands. ``ours`` needs only
    the paths of ``base`` that exist.
    """
    lost = base.keys() - ours
    deserted = _directories(lost) - {path.parent for path in base.keys() & ours}
    new = theirs.keys() - base.keys()
    changed = any(path not in theirs or theirs[path] != base[path] for path in lost)
    return changed or any(parent in deserted for path in new for parent in path.parents)


def find_renames(base: Tree, ours: Mapping[PurePosixPath, bytes], theirs: Tree) -> Renames:
    """Find the files of ``base`` that the user renamed, and the directories.

    ``base`` is what flaskgen wrote, without files that are kept out of the record. ``ours`` has every file of
    the user's up to LARGEST_COMPARED; it is read once, file by file. A file is renamed if it is gone and
    another one, which is in neither tree, has the same content, or half of its lines or more. A directory is
    renamed if all files of ``base`` in it are gone and those that were found again are in one other: then new
    files of the change go there as well.
    """
    lost = base.keys() - ours.keys()
    known = base.keys() | theirs.keys()
    if not lost:
        return NO_RENAMES
    found = _Comparison({path: encode(base[path]) for path in sorted(lost)}).pair(
        (path, ours[path]) for path in ours if path not in known
    )
    directories = dict(_renamed_directories(base, lost, found))
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
    return Renames(paths, notes)


class _Comparison:
    """The files that are gone, by content and by line."""

    def __init__(self, lost: Mapping[PurePosixPath, bytes]) -> None:
        self._by_content: dict[bytes, list[PurePosixPath]] = defaultdict(list)
        self._by_line: dict[bytes, list[tuple[PurePosixPath, int]]] = defaultdict(list)
        self._sizes: dict[PurePosixPath, int] = {}
        self._small: set[PurePosixPath] = set()
        for path, content in lost.items():
            if not is_text(content):
                self._by_content[content].append(path)
                continue
            lines = _lines(content)
            telling = sum(map(_says_something, lines))
            if telling:
                self._by_content[content].append(path)
            if telling < _FEWEST_LINES:
                self._small.add(path)
                continue
            self._sizes[path] = _size(lines)
            for series, count in Counter(lines).items():
                self._by_line[series].append((path, count))

    def pair(self, others: Iterable[tuple[PurePosixPath, bytes]]) -> dict[PurePosixPath, PurePosixPath]:
        """Return the other file that each became: the most similar first, and each only once."""
        candidates = [
            (-similarity, old.name != new.name, -len({*old.parts} & {*new.parts}), old, new)
            for new, content in others
            for old, similarity in self._similar_to(content)
            if old.name == new.name or old not in self._small
        ]
        pairs: dict[PurePosixPath, PurePosixPath] = {}
        taken: set[PurePosixPath] = set()
        for *_, old, new in sorted(candidates):
            if old not in pairs and new not in taken:
                pairs[old] = new
                taken.add(new)
        return pairs

    def _similar_to(self, content: bytes) -> Iterator[tuple[PurePosixPath, float]]:
        """Yield the files that a content may be of, with what share of lines is in common; 2 if all is."""
        if content in self._by_content:
            yield from ((path, 2.0) for path in self._by_content[content])
            return
        if not self._sizes or len(content) > LARGEST_COMPARED or not is_text(content):
            return
        lines = _lines(content)
        size = _size(lines)
        shared = Counter[PurePosixPath]()
        for line, count in Counter(line for line in lines if line in self._by_line).items():
            for path, there in self._by_line[line]:
                shared[path] += min(count, there) * len(line)
        for path, common in shared.items():
            similarity = common / max(size, self._sizes[path])
            if similarity >= _LEAST_SIMILAR:
                yield path, similarity


def _lines(content: bytes) -> list[bytes]:
    return content.translate(None, delete=_FORM).split(b"\n")


def _size(lines: list[bytes]) -> int:
    return sum(map(len, lines))


def _says_something(line: bytes) -> bool:
    return len(line) > 1 and any(chr(byte).isalnum() for byte in line)


def _renamed_directories(
    base: Tree, lost: Set[PurePosixPath], found: Mapping[PurePosixPath, PurePosixPath]
) -> Iterator[tuple[PurePosixPath, PurePosixPath]]:
    """Yield the directories whose files all went to one other; of one that has none, those below it count."""
    for directory in _directories(found.keys()):
        for files in (
            {path for path in base if path.parent == directory},
            {path for path in base if directory in path.parents},
        ):
            moved = files & found.keys()
            if moved:
                targets = {_directory_of(found[path], path.relative_to(directory)) for path in moved}
                (target, *others) = targets
                if files <= lost and target is not None and not others:
                    yield directory, target
                break


def _directory_of(path: PurePosixPath, inner: PurePosixPath) -> PurePosixPath | None:
    """Return the directory in which a renamed file is where it was in its own, whatever its name now."""
    depth = len(inner.parts)
    if len(path.parts) <= depth or path.parts[-depth:-1] != inner.parts[:-1]:
        return None
    return PurePosixPath(*path.parts[:-depth])


def _directories(paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    """Return the directories of paths, up to the project's own without it."""
    return {parent for path in paths for parent in path.parents if parent.parts}
