"""Requirements files of any project: requirements, includes, options, and lines that pip refuses."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName, default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from flaskgen.planning.packages.pins import normalized


class Declared(NamedTuple):
    """A requirement, and where a project declares it."""

    requirement: Requirement
    path: PurePosixPath
    line: int = 0
    """0 in a file without lines, such as a lock."""
    dev: bool = False
    """Whether only development needs it."""
    forked: bool = False
    """Whether other Pythons or platforms need another version."""

    @property
    def name(self) -> str:
        return normalized(self.requirement.name)

    @property
    def place(self) -> str:
        """Where it is: ``requirements.txt:3``."""
        return f"{self.path}:{self.line}" if self.line else str(self.path)

    @property
    def version(self) -> str | None:
        """The version that it is pinned to; None if it is not pinned."""
        for one in self.requirement.specifier:
            if one.operator in ("==", "===") and not one.version.endswith(".*"):
                return one.version
        return None


class Refused(NamedTuple):
    """A line that is no requirement."""

    path: PurePosixPath
    line: int
    text: str
    reason: str

    @property
    def place(self) -> str:
        """Where it is: ``requirements.txt:3``."""
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class Requirements(NamedTuple):
    """All that a project declares about its packages."""

    declared: tuple[Declared, ...] = ()
    """Each distribution once: what the application needs goes before what development needs."""
    elsewhere: tuple[Declared, ...] = ()
    """The same distributions as other Pythons or platforms need them."""
    files: tuple[PurePosixPath, ...] = ()
    """The files that were read, the deciding one first."""
    constraints: tuple[Declared, ...] = ()
    indexes: tuple[str, ...] = ()
    """The URLs of indexes, the main one first."""
    refused: tuple[Refused, ...] = ()
    python: str | None = None
    """The specifier that the Python has to fulfil, such as ``>=3.8``."""

    def get(self, name: str) -> Declared | None:
        """Return what is declared about a distribution, by its normalised name."""
        return next((one for one in self.declared if one.name == name), None)


def python_for(specifier: str | None, running: Version) -> Version:
    """Return the Python that a specifier allows: the running one, or else the nearest, older ones first."""
    allowed = SpecifierSet(specifier or "")
    older, newer = range(running.minor, 5, -1), range(running.minor, running.minor + 9)
    minors = [running, *(Version(f"3.{minor}") for minor in (*older, *newer))]
    return next((one for one in minors if one in allowed), running)


def running_python() -> Version:
    return Version(default_environment()["python_version"])


def markers_of(python: Version) -> dict[str, str]:
    """Return the marker environment of a Python, as far as it is not that of the running one."""
    return {"python_version": f"{python.major}.{python.minor}", "python_full_version": str(python)}


def choose_forks(found: Sequence[Declared], python: Version) -> Requirements:
    """Require each distribution once: the first that is for a Python on this platform, or else the first."""
    environment = markers_of(python)
    of_name: dict[str, list[Declared]] = {}
    for one in found:
        of_name.setdefault(one.name, []).append(one)
    declared, elsewhere = [], []
    for several in of_name.values():
        markers = [one.requirement.marker for one in several]
        here = next((n for n, marker in enumerate(markers) if not marker or marker.evaluate(environment)), 0)
        others = [one for one in several if one != several[here] and markers[here] and one.requirement.marker]
        declared.append(several[here]._replace(forked=bool(others)))
        elsewhere += others
    return Requirements(tuple(declared), tuple(elsewhere))


_MAIN = ("requirements", "base", "common", "main", "app", "prod", "production")
_DEV = ("dev", "development", "test", "tests", "testing", "local")
_COMMENT = re.compile(r"(^|\s)#.*$")
_HASHES = re.compile(r"\s--hash[= ].*$")
_EGG = re.compile(r"[#&]egg=([\w.-]+)")
_REPOSITORY = re.compile(
    r"(?:github|gitlab|bitbucket)\.(?:com|org)[/:][\w.-]+/([\w-]+(?:\.\w+)*?)(?:\.git|[/@#]|$)"
)
_URL = re.compile(r"[a-z][a-z+]*://|git\+", re.IGNORECASE)
_OPTION = re.compile(r"(--?[A-Za-z][\w-]*)[ =]*(.*)")


def requirements_files(paths: Iterable[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Return the requirements files to read: the main one first, then those for development.

    They are those nearest to the top of the project.
    """
    found = [path for path in paths if _is_requirements_file(path)]
    depth = min((_depth(path) for path in found), default=0)
    ranked = sorted((_rank(path), str(path)) for path in found if _depth(path) == depth)
    dev = [PurePosixPath(path) for (dev, _), path in ranked if dev]
    main = [PurePosixPath(path) for (dev, _), path in ranked if not dev]
    return (*main[:1], *dev)


def _is_requirements_file(path: PurePosixPath) -> bool:
    named = "requirement" in path.name or path.parent.name in ("requirements", "requirement", "reqs")
    return named and path.suffix in (".txt", ".pip")


def _depth(path: PurePosixPath) -> int:
    """Count the directories above it, one for requirements not counted."""
    return len(path.parts) - (2 if path.parent.name.startswith("req") else 1)


def _rank(path: PurePosixPath) -> tuple[bool, int]:
    words = re.split(r"[^a-z]+", path.stem.lower())
    dev = any(word in _DEV for word in words)
    place = next((place for place, word in enumerate(_MAIN) if path.stem.lower() == word), len(_MAIN))
    return dev, place


def read_requirements(
    files: Mapping[PurePosixPath, str], chosen: Iterable[PurePosixPath], python: Version | None = None
) -> Requirements:
    """Read requirements files with what they include, as pip does on a Python; by default on this one.

    A distribution that several files name is as the first has it.
    """
    reading = _Reading(files)
    for path in chosen:
        reading.read(path, dev=_rank(path)[0])
    return choose_forks(reading.declared, python or running_python())._replace(
        files=tuple(reading.read_files),
        constraints=tuple(reading.constraints),
        indexes=(*reading.main_index[-1:], *reading.extra_indexes),
        refused=tuple(reading.refused),
    )


class _Reading:
    """Files that are read one after the other, each once."""

    def __init__(self, files: Mapping[PurePosixPath, str]) -> None:
        self._files = files
        self.read_files: list[PurePosixPath] = []
        self.declared: list[Declared] = []
        self.constraints: list[Declared] = []
        self.main_index: list[str] = []
        self.extra_indexes: list[str] = []
        self.refused: list[Refused] = []

    def read(self, path: PurePosixPath, *, dev: bool, constraint: bool = False) -> None:
        if path in self.read_files:
            return
        self.read_files.append(path)
        for number, line in _logical_lines(self._files[path]):
            found = _OPTION.fullmatch(line) if line.startswith("-") else None
            if found is not None:
                self._option(found[1], found[2].strip("'\" "), path, number, dev=dev)
                continue
            try:
                declared = Declared(parse_line(line), path, number, dev)
            except InvalidRequirement as error:
                if not (line.startswith((".", "/")) and _inside(path.parent, line)):
                    self.refused.append(Refused(path, number, line, str(error).partition("\n")[0]))
                continue
            (self.constraints if constraint else self.declared).append(declared)

    def _option(self, option: str, value: str, path: PurePosixPath, number: int, *, dev: bool) -> None:
        if option in ("-r", "--requirement", "-c", "--constraint"):
            included = _inside(path.parent, value)
            if included is not None and included in self._files:
                self.read(included, dev=dev, constraint="c" in option.partition("requirement")[0])
            else:
                self.refused.append(Refused(path, number, f"{option} {value}", f"there is no {value}"))
        elif option in ("-e", "--editable") and _URL.match(value):  # a directory has no version
            try:
                self.declared.append(Declared(parse_line(value), path, number, dev))
            except InvalidRequirement as error:
                self.refused.append(Refused(path, number, value, str(error)))
        elif option in ("-i", "--index-url"):
            self.main_index.append(value)
        elif option == "--extra-index-url":
            self.extra_indexes.append(value)


def _inside(directory: PurePosixPath, path: str) -> PurePosixPath | None:
    """Return a path of the project; None for one that leads out of it."""
    joined = posixpath.normpath(str(directory / path.strip()))
    return None if joined.startswith(("..", "/")) else PurePosixPath(joined)


def parse_line(line: str) -> Requirement:
    """Read a requirement as pip takes it, with a URL as well. Raises InvalidRequirement."""
    if _URL.match(line):
        named = _EGG.search(line) or _REPOSITORY.search(line)
        if named is None:
            raise InvalidRequirement("it does not say which distribution it is: add #egg=NAME")
        line = f"{named[1]} @ {line.partition('#')[0]}"
    requirement = Requirement(_HASHES.sub("", line))
    try:
        if requirement.marker:
            requirement.marker.evaluate()
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise InvalidRequirement(f"its marker cannot be evaluated: {error}") from error
    return requirement


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with the number where each begins."""
    begun, number = "", 0
    for place, line in enumerate(text.splitlines(), start=1):
        number = number if begun else place
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            begun += line[:-1] + " "
            continue
        whole, begun = _COMMENT.sub("", begun + line).strip(), ""
        if whole:
            yield number, whole
