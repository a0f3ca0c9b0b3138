"""Names that a change brings and that the user's own code has already, found before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.merging.definitions import Kind, find_definitions, is_application_code
from flaskgen.planning.templates.catalogue import Extension
from flaskgen.planning.templates.tree import Tree, encode


class Clash(NamedTuple):
    """A name that the user's code and a change both define."""

    kind: Kind
    name: str
    path: PurePosixPath
    """Where the user has it."""
    line: int | None
    """From 1; None for a whole file or directory."""
    brought: PurePosixPath | None
    """The file or directory that the change brings it in; None if a package does."""

    def message(self, by: str = "the change") -> str:
        """Return a line about it, where ``by`` is the extension that brings the name."""
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        if self.kind is Kind.MODULE and self.brought is None:
            return f"`{self.path}` shadows the package `{self.name}`, which {by} installs"
        article = "an" if self.kind is Kind.ENDPOINT else "a"
        return f"`{self.name}` is already {article} {self.kind} of yours ({place}); {by} adds one as well"


def names_of_packages(extensions: Iterable[Extension]) -> frozenset[tuple[Kind, str]]:
    """Return the names that the packages of extensions bring."""
    return frozenset(
        (kind, name)
        for extension in extensions
        for kind, names in (
            (Kind.MODULE, extension.modules),
            (Kind.COMMAND, extension.commands),
            (Kind.BLUEPRINT, extension.blueprints),
        )
        for name in names
    )


def find_clashes(
    base: Tree,
    ours: Mapping[PurePosixPath, bytes],
    theirs: Tree,
    *,
    merged: Tree | None = None,
    of_packages: Set[tuple[Kind, str]] = frozenset(),
) -> tuple[Clash, ...]:
    """Find the names that are in ``theirs`` and in ``ours``, and in ``base`` neither.

    ``ours`` has all Python files and templates of the user's, of which those that the change deletes do not
    count; ``base`` and ``theirs`` have their files where the user renamed them to; in ``merged``, what both
    have in one place, as after a merge by git, is there once, and no clash; ``of_packages`` are names that no
    file of theirs has. A new file whose very path is taken is not a clash of names: the merge tells.
    """
    new = theirs.keys() - base.keys()
    gone = {path for path in base.keys() - theirs.keys() if ours.get(path) == encode(base[path])}
    own = frozenset(path for path in ours.keys() - new - gone if not _is_hidden(path))
    clashes = [
        *_module_clashes(base.keys(), own, theirs.keys(), of_packages),
        *_template_clashes(own - base.keys(), new),
        *_code_clashes(base, ours, theirs, own, of_packages, merged or {}),
    ]
    return tuple(_most_telling(clashes))


def _most_telling(clashes: Iterable[Clash]) -> Iterator[Clash]:
    """Drop what follows from another clash: a model's table says all, and so does a view's blueprint."""
    places = set()
    whole = {Kind.ENDPOINT: Kind.BLUEPRINT, Kind.COLUMN: Kind.TABLE}
    clashing = {(clash.kind, clash.name) for clash in clashes}
    order = list(Kind)
    for clash in sorted(clashes, key=lambda clash: (order.index(clash.kind), clash.name, clash.path)):
        follows = (whole.get(clash.kind), clash.name.rpartition(".")[0]) in clashing
        if not follows and (clash.line is None or (clash.path, clash.line) not in places):
            places.add((clash.path, clash.line))
            yield clash


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") or part in ("node_modules", "site-packages") for part in path.parts[:-1])


# Modules and packages


def _module_clashes(
    base: Set[PurePosixPath],
    own: Set[PurePosixPath],
    theirs: Set[PurePosixPath],
    of_packages: Set[tuple[Kind, str]],
) -> Iterator[Clash]:
    """Yield modules that hide packages of one name, and the other way round."""
    (old, old_packages), (mine, my_packages), (new, new_packages) = map(_modules, (base, own, theirs))
    for brought, before, there in ((new, old, my_packages), (new_packages, old_packages, mine)):
        for name in brought.keys() & there.keys() - before.keys():
            yield Clash(Kind.MODULE, ".".join(name), there[name], None, brought[name])
    for name in ((module,) for kind, module in of_packages if kind is Kind.MODULE):
        path = mine.get(name) or my_packages.get(name)
        is_old = name in old or name in old_packages
        if path and not is_old and (path.suffix == ".py" or path / "__init__.py" in own):
            yield Clash(Kind.MODULE, *name, path, None, None)


_ModulePaths = dict[tuple[str, ...], PurePosixPath]


def _modules(paths: Iterable[PurePosixPath]) -> tuple[_ModulePaths, _ModulePaths]:
    """Return the modules and the packages of a tree by name; a directory with modules in it is a package."""
    modules = [path for path in paths if path.suffix == ".py"]
    files = {path.with_suffix("").parts: path for path in modules if path.name != "__init__.py"}
    packages = {parent.parts: parent for path in modules for parent in path.parents if parent.parts}
    return files, packages


# Templates


def _template_clashes(own: Set[PurePosixPath], new: Set[PurePosixPath]) -> Iterator[Clash]:
    """Yield templates of one name in two directories, of which Flask finds only one."""
    mine = {name: path for path in sorted(own) if (name := _template_name(path))}
    for path in new:
        name = _template_name(path)
        if name in mine:
            yield Clash(Kind.TEMPLATE, name, mine[name], None, path)


def _template_name(path: PurePosixPath) -> str:
    """Return a template's path below the first directory for templates; empty for other files."""
    _, _, name = f"/{path}".partition("/templates/")
    return name


# What the code defines


def _code_clashes(
    base: Tree,
    ours: Mapping[PurePosixPath, bytes],
    theirs: Tree,
    own: Set[PurePosixPath],
    of_packages: Set[tuple[Kind, str]],
    merged: Tree,
) -> Iterator[Clash]:
    edited = [
        path
        for path in sorted(own)
        if is_application_code(path) and (path not in base or ours[path] != encode(base[path]))
    ]
    if not edited:
        return
    changed = [path for path in theirs if theirs[path] != base.get(path) and is_application_code(path)]
    brought: dict[tuple[Kind, str], PurePosixPath | None] = {
        definition.key: definition.path for definition in find_definitions(theirs, changed)
    }
    brought |= {(kind, name): None for kind, name in of_packages if kind is not Kind.MODULE}
    edited = mentioning(brought, ours, edited)
    before = {definition.key for definition in find_definitions(base, {*changed, *edited} & base.keys())}
    new = brought.keys() - before
    doubled = [one for one in find_definitions(ours, edited) if one.key in new]
    after = Counter((one.path, one.key) for one in find_definitions(merged, {one.path for one in doubled}))
    for one in doubled:
        is_same = brought[one.key] == one.path and after[one.path, one.key] == 1
        if not is_same:
            yield Clash(*one, brought[one.key])


def find_doubles(base: Tree, theirs: Tree) -> Iterator[Clash]:
    """Find the names in new files of ``theirs`` that files of ``base``, which stay, have already.

    What was generated, such as a page, knows nothing of the extensions that are added after it.
    """
    new = [path for path in theirs if path not in base and is_application_code(path)]
    brought = {definition.key: definition.path for definition in find_definitions(theirs, new)}
    there = mentioning(brought, base, (path for path in base if path in theirs and is_application_code(path)))
    before = {definition.key for definition in find_definitions(base, there)}
    for definition in find_definitions(theirs, there):
        if definition.key in brought.keys() & before:
            yield Clash(*definition, brought[definition.key])


def mentioning(
    names: Iterable[tuple[Kind, str]], files: Tree, paths: Iterable[PurePosixPath]
) -> list[PurePosixPath]:
    """Return in order the paths whose files can define one of some names; the others need no parsing."""
    words = sorted({re.escape(_plain(_written(kind, name))) for kind, name in names})
    mention = re.compile(rb"(?<![a-z0-9])(?:%b)" % (b"|".join(words) or b"(?!)"))
    return [path for path in paths if mention.search(_plain(encode(files[path])))]


def _written(kind: Kind, name: str) -> bytes:
    """Return the part of a name that is in the file that defines it."""
    if kind is Kind.PAGE:
        _, *parts = name.split("/")
        name = next((part for part in reversed(parts) if part and part[0] != "<"), "route")
    elif kind in (Kind.ENDPOINT, Kind.COLUMN):
        name = name.rpartition(".")[2]
    return name.encode()


def _plain(text: bytes) -> bytes:
    """Return a text in which the spellings of a name are one: ``init-db``, ``init_db`` and ``InitDb``."""
    return text.lower().translate(None, delete=b"-_")
