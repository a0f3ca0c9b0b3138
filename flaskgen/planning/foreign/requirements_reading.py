"""Read what a project declares that it requires, in whichever file it does: a lock, or what people write."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement
from packaging.version import Version

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.foreign.entry_points import in_aside_directory
from flaskgen.planning.foreign.loading import SCRIPT, of_conda
from flaskgen.planning.foreign.manifests import (
    LOCKS,
    MANIFESTS,
    OF_SCRIPT,
    UNREADABLE,
    Layout,
    specifier_of,
)
from flaskgen.planning.foreign.requirement_lines import URL, VARIABLE, Line, parse_line, read_lines
from flaskgen.planning.foreign.requirements import (
    Declared,
    Refused,
    Requirements,
    for_python,
    place_of,
    python_for,
    running_python,
)
from flaskgen.reporting import printable


def read_declared(
    files: Mapping[PurePosixPath, str],
    python: str | None = None,
    environment: Mapping[str, str] = {},
    root: PurePosixPath = PurePosixPath(),  # noqa: B008
) -> Requirements:
    """Return what the first of these files that requires something declares; nothing if there is none.

    They are, in this order, locks, requirements files, the MANIFESTS, and scripts with Flask. Of
    none of them anything is run. A file that cannot be read is refused, with the reason. The Pythons that
    the project allows are those of that file, or else of the first of the others that names some. What is
    required in several versions is taken for ``python``, by default this one if the project allows it. Files
    of another application than that in ``root`` come last.
    """
    chosen = requirements_files(files, root)

    def read(path: PurePosixPath, layout: Layout | None) -> Requirements:
        if layout is not None:
            return _read_manifest(path, layout, files, environment)
        limits = [path.with_name("constraints.txt")]  # which pip can be given as an option
        return read_requirements(files, chosen, environment, limits)

    written = [(path, None) for path in chosen[:1]]
    scripts = [path for path, text in files.items() if path.suffix == ".py" and SCRIPT.search(text)]
    own = [(path, OF_SCRIPT) for path in scripts if "flask" in files[path].lower()]
    every = (*_named(files, LOCKS, root), *written, *_named(files, MANIFESTS, root), *own)
    sources = iter(sorted(every, key=lambda one: not _is_near(one[0], root)))
    found: list[Requirements] = []
    for path, layout in sources:
        found.append(read(path, layout))
        if found[-1].declared:
            break
    deciding = next((one for one in found if one.declared), Requirements())
    places = {PurePosixPath(), *(path.parent for path in deciding.files)}
    beside = (read(path, layout) for path, layout in sources if path.parent in places)  # those left
    said = next((one for one in chain([deciding], found, beside) if one.python), Requirements())
    numbers = version_numbers(python or "")
    asked = Version(".".join(map(str, numbers))) if numbers[1:] else None
    return for_python(deciding, asked or python_for(said.python, running_python()))._replace(
        refused=tuple(refused for one in found for refused in one.refused),
        python=said.python,
        python_from=next(iter(said.files), None),
    )


def _named(
    files: Iterable[PurePosixPath], layouts: Mapping[str, Layout], root: PurePosixPath
) -> Iterator[tuple[PurePosixPath, Layout]]:
    """Yield the files of each name, the nearest first, with their layout."""
    for name, layout in layouts.items():
        found = (path for path in files if path.name == name and not in_aside_directory(path))
        yield from ((path, layout) for path in sorted(found, key=lambda path: _distance(path, root)))


def _read_manifest(
    path: PurePosixPath,
    layout: Layout,
    files: Mapping[PurePosixPath, str],
    environment: Mapping[str, str],
) -> Requirements:
    reading = _Reading(files, environment)
    try:
        content = layout.read(files[path])
        allowed = specifier_of(content.python)
        for line in content.lines:
            reading.require(Line(0, line), line, path)
        for name in content.included:
            reading.include(Line(0, name), name, path)
    except UNREADABLE as error:
        wrong_type = isinstance(error, (AttributeError, KeyError, TypeError))
        reason = "a key is missing, or a value has the wrong type" if wrong_type else str(error)
        number = getattr(error, "lineno", None) or 0
        return Requirements(refused=(Refused(place_of(path, number), path.name, reason.partition("\n")[0]),))
    found = reading.requirements()
    indexes = (*content.indexes, *found.indexes)
    return found._replace(files=(path, *found.files), indexes=indexes, python=allowed)


_MAIN = ("requirements", "base", "common", "main", "app", "prod", "production")
_DEV = ("dev", "development", "test", "tests", "testing", "local")
_CONDAS = "it is written as conda does: write `==` for `=`"


def requirements_files(
    paths: Iterable[PurePosixPath],
    root: PurePosixPath = PurePosixPath(),  # noqa: B008
) -> tuple[PurePosixPath, ...]:
    """Return the requirements files to read: the main one first, then those for development.

    They are the nearest: of what tools compile only if nothing else is there.
    """
    named = [path for path in paths if _is_requirements_file(path)]
    found = [path for path in named if path.suffix != ".in"] or named
    nearest = min((_distance(path, root) for path in found), default=None)
    ranked = sorted((_rank(path), str(path)) for path in found if _distance(path, root) == nearest)
    dev = [PurePosixPath(path) for (dev, _), path in ranked if dev]
    main = [PurePosixPath(path) for (dev, _), path in ranked if not dev]
    return (*main[:1], *dev)


def _is_requirements_file(path: PurePosixPath) -> bool:
    named = "requirement" in path.name or path.parent.name in ("requirements", "requirement", "reqs")
    named = named or path.stem in ("reqs", "deps", "dependencies")
    return named and path.suffix in (".txt", ".pip", ".in") and not in_aside_directory(path)


def _distance(path: PurePosixPath, root: PurePosixPath) -> tuple[bool, int]:
    """Rank a file beside the application or above it, and one near the top of the project, before others."""
    return not _is_near(path, root), len(_home(path).parts)


def _is_near(path: PurePosixPath, root: PurePosixPath) -> bool:
    return root.is_relative_to(_home(path))


def _home(path: PurePosixPath) -> PurePosixPath:
    """Return the directory that a file is about: that above one for requirements."""
    return path.parent.parent if path.parent.name.startswith("req") else path.parent


def _rank(path: PurePosixPath) -> tuple[bool, int]:
    words = re.split(r"[^a-z]+", path.stem.lower())
    dev = any(word in _DEV for word in words)
    place = next((place for place, word in enumerate(_MAIN) if path.stem.lower() == word), len(_MAIN))
    return dev, place


def read_requirements(
    files: Mapping[PurePosixPath, str],
    chosen: Iterable[PurePosixPath],
    environment: Mapping[str, str] = {},
    constraints: Iterable[PurePosixPath] = (),
) -> Requirements:
    """Read requirements files with what they include, as pip does.

    ``environment`` has the variables that files name; those of a URL are left to uv, so that no secret is
    written. ``constraints`` are read as well if they are there: pip may be given them as an option.
    """
    reading = _Reading(files, environment)
    for path in chosen:
        reading.read(path)
    for path in constraints:
        if path in files:
            reading.read(path, constraint=True)
    return reading.requirements()


class _Reading:
    """Files that are read one after the other, each once as requirements and once as constraints."""

    def __init__(self, files: Mapping[PurePosixPath, str], environment: Mapping[str, str]) -> None:
        self._files, self._environment = files, environment
        self._read_files: list[tuple[PurePosixPath, bool]] = []
        self._declared: list[Declared] = []
        self._constraints: list[Declared] = []
        self._main_index: list[str] = []
        self._extra_indexes: list[str] = []
        self._refused: list[Refused] = []

    def requirements(self) -> Requirements:
        return Requirements(
            declared=tuple(self._declared),
            files=tuple(dict.fromkeys(path for path, _ in self._read_files)),
            constraints=tuple(self._constraints),
            indexes=(*self._main_index[-1:], *self._extra_indexes),
            refused=tuple(self._refused),
        )

    def read(self, path: PurePosixPath, *, constraint: bool = False) -> None:
        if (path, constraint) in self._read_files:
            return
        self._read_files.append((path, constraint))
        for line in read_lines(self._files[path]):
            given = line.options
            if line.problem:
                self._refuse(line, path, line.problem)
            elif given is None:
                self.require(line, line.requirement, path, constraint=constraint)
            elif given.editable:  # pip takes nothing else of such a line, and one file of another
                if URL.match(given.editable[0]):  # a directory has no version
                    self.require(line, given.editable[0], path, constraint=constraint)
            elif included := [*given.requirement, *given.constraint]:
                self.include(line, included[0], path, constraint=not given.requirement)
            else:
                self._main_index += map(self._expanded, given.index_url)
                self._extra_indexes += map(self._expanded, given.extra_index_url)

    def _expanded(self, text: str) -> str:
        """Return a text with the values of variables that are set and not empty: ``${TOKEN}``."""
        return VARIABLE.sub(lambda found: self._environment.get(found[1]) or found[0], text)

    def require(self, line: Line, text: str, path: PurePosixPath, *, constraint: bool = False) -> None:
        text = text if URL.search(text) else self._expanded(text)
        conda = of_conda(text)
        if conda is not None and _CONDAS not in [one.reason for one in self._refused]:
            self._refuse(line, path, _CONDAS, understood=True)
        if conda == "":
            return
        try:
            declared = Declared(parse_line(conda or text), path, line.number)
        except InvalidRequirement as error:
            if not (text.startswith((".", "/")) and _inside(path.parent, text)):
                self._refuse(line, path, str(error).partition("\n")[0])
            return
        (self._constraints if constraint else self._declared).append(declared)

    def include(self, line: Line, included: str, path: PurePosixPath, *, constraint: bool = False) -> None:
        if URL.match(included):
            self._refuse(line, path, "it is not in the project")
            return
        name = self._expanded(included)
        inside = _inside(path.parent, name)
        if inside is not None and inside in self._files:
            self.read(inside, constraint=constraint)
        else:
            self._refuse(line, path, f"there is no {name}")

    def _refuse(self, line: Line, path: PurePosixPath, reason: str, *, understood: bool = False) -> None:
        unset = next((name for name in VARIABLE.findall(line.text) if not self._environment.get(name)), None)
        reason = f"the environment variable {unset} is not set" if unset else reason
        text = printable(line.text, longest=200)
        self._refused.append(Refused(place_of(path, line.number), text, reason, understood))


def _inside(directory: PurePosixPath, path: str) -> PurePosixPath | None:
    """Return a path of the project; None for one that leads out of it."""
    joined = posixpath.normpath(str(directory / path.strip()))
    return None if joined.startswith(("..", "/")) else PurePosixPath(joined)
