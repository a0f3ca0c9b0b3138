"""What a project declares that it requires, in whichever file it does: a lock, or what people write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import tomli
from packaging.requirements import InvalidRequirement
from packaging.version import Version

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.foreign.manifests import (
    MANIFESTS,
    UNREADABLE,
    Content,
    Reader,
    pipfile_lock,
    python_marker,
    specifier_of,
)
from flaskgen.planning.foreign.requirements import (
    Declared,
    Refused,
    Requirements,
    choose_forks,
    parse_line,
    python_for,
    read_requirements,
    requirements_files,
    running_python,
)

_SELECTED = re.compile(r"['\"][^'\"]+['\"]\s+(?:not\s+)?in\s+(?:extras|dependency_groups)")
"""The part of a marker of pylock.toml (PEP 751) that says who needs a package."""


def _packages_of(table: str) -> Reader:
    """Read a lock that is a list of packages in TOML: poetry's, pdm's, uv's, and pylock.toml."""

    def read(text: str) -> Content:
        document = tomli.loads(text)
        packages = [
            package
            for package in document.get(table, [])
            if package.get("version") and not {"editable", "virtual", "directory"} & _source(package).keys()
        ]
        packages.sort(key=lambda package: version_numbers(package["version"]), reverse=True)
        packages.sort(key=lambda package: package["name"])  # of forks that allow a Python, the newest
        forked = Counter(package["name"] for package in packages)
        lines = [
            f"{package['name']}=={package['version']}{_marker(package, forked[package['name']] > 1)}"
            for package in packages
        ]
        python = (
            document.get("requires-python")
            or document.get("metadata", {}).get("requires_python")
            or document.get("metadata", {}).get("python-versions")
        )
        return Content(lines, python)

    return read


def _source(package: Mapping[str, Any]) -> Mapping[str, Any]:
    source = package.get("source", {})
    return source if isinstance(source, dict) and source.get("type") != "directory" else {"directory": source}


def _marker(package: Mapping[str, Any], forked: bool) -> str:
    """Return the marker of a package; of one that is locked in several versions, what tells them apart."""
    marker = package.get("marker") or package.get("markers")
    if isinstance(marker, str) and _SELECTED.search(marker):  # which no requirement may say
        others = _SELECTED.sub("", marker).strip("() andor")
        marker = _SELECTED.sub("python_version > '0'", marker) if others else ""
    if isinstance(marker, dict):  # by group
        marker = marker.get("main")
    if forked and not marker:
        marker = " or ".join(f"({one})" for one in package.get("resolution-markers", ()))
        marker = marker or python_marker(package.get("python-versions") or package.get("requires_python"))
    return f" ; {marker}" if marker else ""


LOCKS: Mapping[str, Reader] = {
    "Pipfile.lock": pipfile_lock,
    "poetry.lock": _packages_of("package"),
    "uv.lock": _packages_of("package"),
    "pdm.lock": _packages_of("package"),
    "pylock.toml": _packages_of("packages"),
}
*_, _LAST_LOCK = LOCKS


def read_declared(
    files: Mapping[PurePosixPath, str], python: str | None = None, environment: Mapping[str, str] = {}
) -> Requirements:
    """Return what the first of these files that requires something declares; nothing if there is none.

    They are, in this order, locks, requirements files, a Pipfile, pyproject.toml, setup.cfg and setup.py. Of
    none of them anything is run. A file that cannot be read is refused, with the reason. The Pythons that
    the project allows are those of that file, or else of the first of the others that names some. What is
    required in several versions is taken for ``python``, by default this one if the project allows it.
    """
    numbers = version_numbers(python or "")
    asked = Version(".".join(map(str, numbers))) if numbers[1:] else None
    deciding: Requirements | None = None
    found: list[Declared] = []
    chosen: tuple[PurePosixPath, ...] = ()
    beside: tuple[PurePosixPath, ...] = ()
    refused: list[Refused] = []
    specifier, said_by = None, None
    for name, read in (*LOCKS.items(), *MANIFESTS.items()):
        places = {PurePosixPath(), *(path.parent for path in deciding.files)} if deciding else None
        named = (path for path in files if path.name == name and (not places or path.parent in places))
        for path in sorted(named, key=lambda path: len(path.parts))[:1]:
            try:
                content = read(files[path])
                allowed = specifier_of(content.python)
                declared = list(_declared(content.lines, path, refused)) if deciding is None else []
            except UNREADABLE as error:
                if deciding is None:
                    refused.append(_unreadable(path, error))
                continue
            if allowed and (specifier is None or declared):
                specifier, said_by = allowed, path
            if declared:
                deciding, found = Requirements(files=(path,), indexes=content.indexes), declared
        if name == _LAST_LOCK and deciding is None:
            chosen = requirements_files(files)
            beside = tuple(path.with_name("constraints.txt") for path in chosen[:1])
            requirements = read_requirements(files, chosen, asked, environment, beside)
            refused += requirements.refused
            deciding = requirements if requirements.declared else None
        if deciding is not None and specifier is not None:
            break
    if deciding is None:
        return Requirements(refused=tuple(refused), python=specifier, python_from=said_by)
    on = asked or python_for(specifier, running_python())
    if found:
        forks = choose_forks(found, on)
        deciding = deciding._replace(declared=forks.declared, elsewhere=forks.elsewhere)
    elif on != (asked or running_python()):
        deciding = read_requirements(files, chosen, on, environment, beside)
    return deciding._replace(refused=tuple(refused), python=specifier, python_from=said_by)


def _unreadable(path: PurePosixPath, error: Exception) -> Refused:
    wrong_type = isinstance(error, (AttributeError, KeyError, TypeError))
    reason = "a key is missing, or a value has the wrong type" if wrong_type else str(error)
    line = getattr(error, "lineno", None)
    return Refused(f"{path}:{line}" if line else str(path), path.name, reason.partition("\n")[0])


def _declared(lines: Iterable[str], path: PurePosixPath, refused: list[Refused]) -> Iterator[Declared]:
    for line in lines:
        try:
            yield Declared(parse_line(line), path)
        except InvalidRequirement as error:
            refused.append(Refused(str(path), line, str(error).partition("\n")[0]))
