"""A project that flaskgen did not make: where it starts, what it imports, needs, and reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from flaskgen.planning.foreign.asked_python import AskedPython, asked_python
from flaskgen.planning.foreign.entry_points import (
    EntryPoint,
    configurations,
    find_entry_points,
    is_aside,
)
from flaskgen.planning.foreign.manifests import own_names
from flaskgen.planning.foreign.requirements import Requirements
from flaskgen.planning.foreign.requirements_reading import read_declared
from flaskgen.planning.foreign.services import Names, Service, find_services
from flaskgen.planning.foreign.source import (
    PYTHON2_MODULES,
    Sign,
    Source,
    Variable,
    python2_syntax,
    read_source,
)
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.words import STANDARD_LIBRARY

_ON_FLASK = ("connexion", "dash", "eve")
_STANDARD_LIBRARY = STANDARD_LIBRARY | PYTHON2_MODULES


class ForeignProject(NamedTuple):
    """What the files of a project say."""

    files: Mapping[PurePosixPath, str]
    sources: Mapping[PurePosixPath, Source]
    requirements: Requirements
    entry_points: tuple[EntryPoint, ...]
    """The likeliest first."""
    imported: Mapping[str, Sign]
    """The distributions that it imports, by normalised name, with the first place of each."""
    variables: tuple[Variable, ...]
    """Each environment variable once."""
    examples: Mapping[str, str]
    """Values of environment variables that examples and documentation have."""
    services: tuple[Service, ...]
    python2: tuple[Sign, ...]
    """What shows that the application is for Python 2."""
    names: tuple[str, ...]
    """The names that it has as a distribution itself, normalised: its plugins can require it."""
    python: AskedPython | None
    """The Python that a file names."""

    @property
    def own_modules(self) -> frozenset[str]:
        return modules_of(self.sources)

    def started(self, *, certainly: bool = True) -> frozenset[PurePosixPath]:
        """Return the files that the start of the likeliest application certainly runs, or may run.

        Without an application, these are all that can be part of one.
        """
        if not self.entry_points:
            return frozenset(path for path in self.sources if not is_aside(path))
        entry = self.entry_points[0]
        reached: set[PurePosixPath] = set()
        waiting = list(_module_files(entry.root, entry.module.split("."), self.sources))
        while waiting:
            path = waiting.pop()
            if path in reached:
                continue
            reached.add(path)
            for one in self.sources[path].imports:
                if one.guarded and certainly:
                    continue
                bases = [path.parents[one.level - 1]] if 0 < one.level <= len(path.parents) else []
                for base in bases or [entry.root, path.parent]:
                    parts = one.module.split(".") if one.module else []
                    waiting += _module_files(base, parts, self.sources)
                    for name in one.names:
                        waiting += _module_files(base, [*parts, name], self.sources)
        return frozenset(reached)

    @property
    def uses_flask(self) -> bool:
        """Whether it requires or imports Flask, an extension of it, or what is made with it."""
        names = {*self.imported, *(one.name for one in self.requirements.declared)}
        return any(name in _ON_FLASK or "flask" in name for name in names)


def modules_of(paths: Iterable[PurePosixPath]) -> frozenset[str]:
    """Return the names of modules and packages."""
    return frozenset(part for path in paths for part in (*path.parent.parts, path.stem))


def read_project(
    files: Mapping[PurePosixPath, str],
    names: Names,
    python: str | None = None,
    environment: Mapping[str, str] = {},
) -> ForeignProject:
    """Return what the files of a project say; ``python`` is used instead of the one that they name.

    ``environment`` has the variables that requirements files can name.
    """
    sources = {path: read_source(path, text) for path, text in files.items() if path.suffix == ".py"}
    asked = asked_python(files)
    entry_points = tuple(dict.fromkeys(find_entry_points(files, sources)))
    root = entry_points[0].root if entry_points else PurePosixPath()
    requirements = read_declared(files, python or (asked and asked.version), environment, root)
    imported = _imported(sources, names, {one.name for one in requirements.declared})
    # Newer Pythons have syntax that this one does not know.
    for_python3 = asked or (requirements.python and "2.7.18" not in SpecifierSet(requirements.python))
    return ForeignProject(
        files=files,
        sources=sources,
        requirements=requirements,
        entry_points=entry_points,
        imported=imported,
        variables=tuple(_variables(sources)),
        examples=dict(_examples(files)),
        services=find_services(files, requirements, imported, names),
        python2=() if for_python3 else tuple(_python2(sources)),
        names=own_names(files),
        python=asked,
    )


def _imported(
    sources: Mapping[PurePosixPath, Source], names: Names, declared: Collection[str]
) -> dict[str, Sign]:
    own = modules_of(sources)
    imported: dict[str, Sign] = {}
    for path, source in sources.items():
        for one in source.imports if path.name != "setup.py" else ():  # which is not run
            place = Sign(path, one.line, one.module)
            flask_ext = re.match(r"flask\.ext\.(\w+)", ".".join((one.module, *one.names[:1])))
            top = f"flask_{flask_ext[1]}" if flask_ext else one.top
            if one.level or top in _STANDARD_LIBRARY or top in own:
                continue
            same = normalized(top) if normalized(top) in declared else None
            if distribution := names.distributions.get(top, same):
                imported.setdefault(distribution, place)
    return imported


def _variables(sources: Mapping[PurePosixPath, Source]) -> Iterator[Variable]:
    of_name: dict[str, list[Variable]] = {}
    for one in (one for source in sources.values() for one in source.variables):
        of_name.setdefault(one.name, []).append(one)
    for several in of_name.values():
        required = all(one.required for one in several)
        yield min(several, key=lambda one: one.default)._replace(required=required)


_EXAMPLE = re.compile(
    r"""^\s*(?:\$\s*)?(?:export\s+|set\s+|ENV\s+|-\s+|\*\s+)?([A-Z][A-Z0-9_]{2,})\s*[=]\s*["']?([^"'\s$`<>{}]+)["']?\s*$""",
    re.MULTILINE,
)


def _examples(files: Mapping[PurePosixPath, str]) -> Iterator[tuple[str, str]]:
    for path, text in files.items():
        name = path.name.lower()
        documents = name.startswith(("readme", "dockerfile", "docker-compose", ".travis"))
        if documents or name == ".flaskenv" or "env" in name.split("."):
            yield from _EXAMPLE.findall(text)


def _python2(sources: Mapping[PurePosixPath, Source]) -> Iterator[Sign]:
    own = modules_of(sources)
    for source in sources.values():
        if is_aside(source.path):
            continue
        if syntax := python2_syntax(source):
            yield syntax
        for one in source.imports:
            if one.top in PYTHON2_MODULES - own and not (one.guarded or one.level):
                yield Sign(source.path, one.line, f"imports `{one.module}`, which Python 3 does not have")


def directory_of(module: str, paths: Iterable[PurePosixPath]) -> PurePosixPath | None:
    """Return the directory of the project from which a module can be imported, the nearest to the top."""
    code = [path for path in paths if not is_aside(path)]
    found = [path.parent for path in code if path.stem == module]
    found += [path.parents[1] for path in code if path.name == "__init__.py" and path.parent.name == module]
    return min(found, key=lambda path: (len(path.parts), str(path)), default=None)


def _module_files(
    base: PurePosixPath, parts: list[str], sources: Mapping[PurePosixPath, Source]
) -> Iterator[PurePosixPath]:
    places = [base.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
    for place in places or [base]:
        for path in (place / "__init__.py", place.with_suffix(".py") if place.name else place):
            if path in sources:
                yield path


_UNSET = re.compile(  # as environs, Flask's from_envvar and python-decouple say it
    r"nvironment variable\W+([A-Z][A-Z0-9_]+)\W+(?:is )?not set|"
    r"\b([A-Z][A-Z0-9_]+) not found\. Declare it as envvar"
)


def unset_by(error: str) -> str | None:
    """Return the environment variable that an error says is not set."""
    found = _UNSET.search(error)
    return found and (found[1] or found[2])


def variables_to_set(error: str, project: ForeignProject, given: Collection[str] = ()) -> frozenset[str]:
    """Return the environment variables to set after an error.

    If it names some, they are these and all that are as necessary; or else all without a default. A package
    may read what only the project's examples name. ``given`` are set already.
    """
    unset = None if "configuration file" in error else unset_by(error)  # which a placeholder is not
    known = {*project.examples, *(one.name for one in project.variables)}
    named = known.intersection(re.findall(r"\w+", error)).union([unset] if unset else ())
    if named - set(given):
        return frozenset(named.union(one.name for one in project.variables if one.required))
    return frozenset(
        one.name for one in project.variables if not (one.default or one.name.startswith("FLASK_"))
    )


_PLACES = {
    "MONGO": "mongodb://localhost:27017/app",
    "REDIS": "redis://localhost:6379/0",
    "BROKER": "memory://",
    "": "sqlite://",
}
"""By a part of the name of a variable for a URL."""
_OF_URL = ("URL", "URI")
_FILES = (".cfg", ".conf", ".ini", ".json", ".py", ".toml", ".yaml", ".yml")


def value_for(name: str, project: ForeignProject) -> str:
    """Return a value with which an application can start: an example of the project's, or a placeholder."""
    example = project.examples.get(name)
    if example and example.endswith(_FILES):
        return example
    if "SETTINGS" in name or "CONFIG" in name:
        of_name = (one for one in configurations(project.files) if "CONFIG" in name or "." in one)
        if first := next(of_name, None):
            return first
    if name.endswith("PORT"):
        return example if example and example.isdigit() else "8025"
    if name.endswith(_OF_URL) and not re.match(r"[\w+.-]+:", example or ""):
        return _place_for(name)
    return example or "placeholder"


def _place_for(name: str) -> str:
    return next(place for part, place in _PLACES.items() if part in name)


def without_servers(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables with other URLs than those of servers that the project's examples name."""
    return {name: _place_for(name) if name.endswith(_OF_URL) else value for name, value in variables.items()}


def tests_root(paths: Iterable[PurePosixPath], root: PurePosixPath) -> PurePosixPath:
    """Return where to run tests: the directory of the application, or one above it if only that has some."""
    tests = [path for path in paths if "test" in path.stem]
    places = (root, *root.parents)
    return next((place for place in places if any(path.is_relative_to(place) for path in tests)), root)


def unittest_commands(paths: Iterable[PurePosixPath], root: PurePosixPath) -> list[tuple[str, ...]]:
    """Return the ways to run the tests below a directory without pytest, the usual one first."""
    below = [path.relative_to(root) for path in paths if path.is_relative_to(root)]
    tests = [path for path in below if "test" in path.stem]
    directories = dict.fromkeys(str(path.parent) for path in tests if path.parent.parts)
    modules = [path.stem for path in tests if not path.parent.parts]
    discover = ("-m", "unittest", "discover")
    return [
        discover,
        *((*discover, directory) for directory in directories),
        *([("-m", "unittest", *modules)] if modules else []),
    ]
