"""Where the application of a project can be: named by its files, or by usual names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.planning.foreign.source import Source

_HERE = PurePosixPath()


class EntryPoint(NamedTuple):
    """Where an application is."""

    root: PurePosixPath
    """The directory that it is imported from."""
    module: str
    name: str
    factory: bool
    """Whether ``name`` returns the application."""
    argument: str | None = None
    """What the factory is called with."""

    def __str__(self) -> str:
        call = f"({self.argument!r})" if self.argument is not None else "()" if self.factory else ""
        return f"{self.module}:{self.name}{call}"


_FLASK_APP = re.compile(r"""FLASK_APP["']?\s*[=:]\s*["']?([\w./:-]+(?:\([^)\n]*\))?)""")
_SERVED = re.compile(
    r"""(?:gunicorn|waitress-serve|uwsgi|honcho|hypercorn)\b[^\n|;&]*?[\s'"]([\w.]+:[\w]+(?:\([^)]*\))?)"""
)
_USUAL = (
    *("wsgi", "app", "application", "autoapp", "manage", "run"),
    *("main", "server", "serve", "flask_app", "api", "index"),
)
_ASIDE = ("test", "tests", "doc", "docs", "example", "examples", "migrations", "alembic", "scripts", "tools")


def find_entry_points(
    files: Mapping[PurePosixPath, str], sources: Mapping[PurePosixPath, Source]
) -> Iterator[EntryPoint]:
    """Yield where an application can be: what the project's own files name, usual names, and all others."""
    given = [(is_aside(path), one) for path, source in sources.items() for one in source.arguments]
    own, of_tests = ([one for aside, one in given if aside == tests] for tests in (False, True))
    arguments = list(dict.fromkeys([*own, *configurations(files), *of_tests]))
    places = frozenset({*sources, *(parent for path in sources for parent in path.parents)})
    for target in _named(files):
        module, _, called = target.partition(":")
        name, _, call = called.partition("(")
        stated = re.findall(r"""["']([^"'\\]+)\\?["']""", call)[:1]
        for found in _find_module(module, sources):
            yield from _within(sources[found], arguments, name, places, stated)
    rest = [
        ((_usual(path) == len(_USUAL), entry.factory, _usual(path), len(path.parts), str(path)), entry)
        for path, source in sources.items()
        if not is_aside(path)
        for entry in _within(source, arguments, "", places)
    ]
    yield from (entry for _, entry in sorted(rest, key=lambda one: one[0]))


_USES = ("dev", "local", "test")


def configurations(files: Mapping[PurePosixPath, str]) -> Iterator[str]:
    """Yield what names settings for development: keys of a dictionary of them, and the paths of classes."""
    said = [path for path in files if path.suffix == ".py" and re.search("config|settings", str(path))]
    code = [(path, files[path]) for path in said if not is_aside(path)]
    for use in _USES:
        keys = (re.search(rf"""['"]({use}\w*)['"]\s*:\s*['"]?[\w.]*Config""", text) for _, text in code)
        yield from (key[1] for key in keys if key)
    for path, text in code:
        classes = (re.search(rf"^class (\w*{use.title()}\w*)", text, re.MULTILINE) for use in _USES)
        yield from (".".join((*path.with_suffix("").parts, one[1])) for one in classes if one)


def _named(files: Mapping[PurePosixPath, str]) -> Iterator[str]:
    order = (".flaskenv", ".env", "Procfile")

    def rank(path: PurePosixPath) -> tuple[int, bool, int, str]:
        place = order.index(path.name) if path.name in order else len(order)
        return place, path.suffix in (".md", ".rst"), len(path.parts), str(path)

    said = sorted((path for path in files if path.suffix != ".py"), key=rank)
    for path in said:
        for pattern in (_FLASK_APP, _SERVED):
            for match in pattern.finditer(files[path]):
                yield match[1]


def _find_module(target: str, files: Iterable[PurePosixPath]) -> Iterator[PurePosixPath]:
    parts = tuple(part for part in target.removesuffix(".py").replace("/", ".").split(".") if part)
    if not parts:
        return
    inner = (PurePosixPath(*parts).with_name(f"{parts[-1]}.py"), PurePosixPath(*parts) / "__init__.py")
    found = [path for path in files if any(path.parts[-len(one.parts) :] == one.parts for one in inner)]
    if not found and target.startswith("/"):  # a path on the machine of its author
        found = [path for path in files if path.name == f"{parts[-1]}.py"]
    yield from sorted((path for path in found if not is_aside(path)), key=lambda path: len(path.parts))[:1]


def _within(
    source: Source,
    arguments: list[str],
    wanted: str,
    places: frozenset[PurePosixPath],
    stated: Sequence[str] = (),
) -> Iterator[EntryPoint]:
    """Yield the applications of a module: the ``wanted`` one, ``stated`` with an argument, or all."""
    root, module = _importable(source, places)
    for name in source.applications:
        if wanted in ("", name):
            yield EntryPoint(root, module, name, factory=False)
    for factory in source.factories:
        if wanted in ("", factory.name):
            given = {0: (*stated, None), 1: (*stated, *arguments)[:2]}
            for argument in given.get(factory.required, ()):
                yield EntryPoint(root, module, factory.name, factory=True, argument=argument)


def _importable(source: Source, places: frozenset[PurePosixPath]) -> tuple[PurePosixPath, str]:
    """Return the directory to import a module from, and its name there.

    It is that of its outermost package, or one above it if that is where what it imports is found.
    """
    root = source.path.parent
    while root != _HERE and root / "__init__.py" in places:
        root = root.parent
    root = max((root, *root.parents), key=lambda one: _resolved(one, source, places))
    parts = source.path.relative_to(root).with_suffix("").parts
    return root, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _resolved(root: PurePosixPath, source: Source, places: frozenset[PurePosixPath]) -> int:
    tops = Counter(one.top for one in source.imports if not one.level)
    return sum(root / f"{top}.py" in places or root / top in places for top in tops)


def _usual(path: PurePosixPath) -> int:
    name = path.parent.name if path.name == "__init__.py" else path.stem
    return _USUAL.index(name) if name in _USUAL else len(_USUAL)


def is_aside(path: PurePosixPath) -> bool:
    """Return whether a file is no part of the application itself: a test, a script, a migration."""
    return (
        in_aside_directory(path)
        or path.stem.startswith("test")
        or path.stem.endswith(("_test", "_tests", "conftest"))
        or path.name in ("setup.py", "fabfile.py")
    )


def in_aside_directory(path: PurePosixPath) -> bool:
    """Return whether a file is in a directory with no part of the application: ``docs/requirements.txt``."""
    return any(part in _ASIDE for part in path.parts[:-1])
