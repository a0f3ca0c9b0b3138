"""What a project declares that it requires, in whichever file it does."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from flaskgen.planning.flask.interpreter import version_numbers
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
from flaskgen.planning.foreign.setup_calls import lines_of, setup_calls
from flaskgen.planning.foreign.source import NOT_PARSED
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.uv_lock import Versions

_Entry = tuple[str, bool]
"""A requirement as pip writes it, and whether only development needs it."""
_PUBLIC = re.compile(r"https?://(pypi\.org|pypi\.python\.org)/")
_UNREADABLE = (*NOT_PARSED, AttributeError, KeyError, TypeError, configparser.Error)
_SERIES = re.compile(r"((?<!=)==\s*\d+(?:\.\d+)?)(?=\s*(?:,|$))")
_SELECTED = re.compile(r"['\"]([^'\"]+)['\"]\s+(not\s+)?in\s+(?:extras|dependency_groups)")
"""The part of a marker of pylock.toml (PEP 751) that says who needs a package."""
_DEV_GROUPS = ("dev", "develop", "development", "test", "tests", "testing", "lint", "docs")


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
    refused: list[Refused] = []
    specifier, said_by = None, None
    for name, read in _READERS:
        places = {PurePosixPath(), *(path.parent for path in deciding.files)} if deciding else None
        named = (path for path in files if path.name == name and (not places or path.parent in places))
        for path in sorted(named, key=lambda path: len(path.parts))[:1]:
            try:
                entries, pythons, indexes = read(files[path])
                allowed = _specifier(pythons)
                declared = list(_declared(entries, path, refused)) if deciding is None else []
            except _UNREADABLE as error:
                if deciding is None:
                    refused.append(_unreadable(path, error))
                continue
            if allowed and (specifier is None or declared):
                specifier, said_by = allowed, path
            if declared:
                deciding, found = Requirements(files=(path,), indexes=indexes), declared
        if name == _LAST_LOCK and deciding is None:
            chosen = requirements_files(files)
            requirements = read_requirements(files, chosen, asked, environment)
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
        deciding = read_requirements(files, chosen, on, environment)
    return deciding._replace(refused=tuple(refused), python=specifier, python_from=said_by)


def own_names(files: Mapping[PurePosixPath, str]) -> tuple[str, ...]:
    """Return the names that the files at the top of a project give it, normalised."""
    found: list[Any] = []
    for path, text in files.items():
        with suppress(*_UNREADABLE):
            match str(path):
                case "pyproject.toml":
                    document = tomllib.loads(text)
                    found.append(document.get("project", {}).get("name"))
                    found.append(document.get("tool", {}).get("poetry", {}).get("name"))
                case "setup.cfg":
                    parser = configparser.ConfigParser(interpolation=None)
                    parser.read_string(text)
                    found.append(parser.get("metadata", "name", fallback=None))
                case "setup.py":
                    found += [given.get("name") for given in setup_calls(text)]
    return tuple(dict.fromkeys(normalized(name) for name in found if isinstance(name, str) and name))


def _unreadable(path: PurePosixPath, error: Exception) -> Refused:
    wrong_type = isinstance(error, (AttributeError, KeyError, TypeError))
    reason = "a key is missing, or a value has the wrong type" if wrong_type else str(error)
    return Refused(path, getattr(error, "lineno", 0) or 0, path.name, reason.partition("\n")[0])


def locked_versions(lock: PurePosixPath, text: str) -> Versions:
    """Return what a lock has; nothing of one that cannot be read."""
    found: dict[str, frozenset[str]] = {}
    with suppress(*_UNREADABLE, InvalidRequirement):
        entries, *_ = dict(_READERS)[lock.name](text)
        for one in (Declared(parse_line(line), lock) for line, _ in entries):
            if one.version:
                found[one.name] = found.get(one.name, frozenset()) | {one.version}
    return found


def _declared(entries: Iterable[_Entry], path: PurePosixPath, refused: list[Refused]) -> Iterator[Declared]:
    for text, dev in sorted(entries, key=lambda entry: entry[1]):
        try:
            yield Declared(parse_line(text), path, dev=dev)
        except InvalidRequirement as error:
            refused.append(Refused(path, 0, text, str(error).partition("\n")[0]))


def _specifier(text: str | None) -> str | None:
    """Return a specifier of Pythons, in which ``==3.8`` is every 3.8, as poetry means it."""
    with suppress(InvalidSpecifier):
        return str(SpecifierSet(_SERIES.sub(r"\1.*", text))) if text else None
    return None


_Content = tuple[list[_Entry], str | None, tuple[str, ...]]
"""Requirements, what is said of the Python, and the URLs of indexes."""


def _pipfile_lock(text: str) -> _Content:
    document = json.loads(text)
    meta = document.get("_meta", {})
    return _of_pipenv(document, ("default", "develop"), meta.get("requires", {}), meta.get("sources"))


def _pipfile(text: str) -> _Content:
    document = tomllib.loads(text)
    sections = ("packages", "dev-packages")
    return _of_pipenv(document, sections, document.get("requires", {}), document.get("source"))


def _of_pipenv(
    document: Mapping[str, Any], sections: tuple[str, str], requires: Mapping[str, Any], sources: Any
) -> _Content:
    entries = [
        (_pipenv(name, value), section == sections[1])
        for section in sections
        for name, value in document.get(section, {}).items()
        if not _is_local(value)
    ]
    python = requires.get("python_version")
    exact = f"=={python}.*" if isinstance(python, str) and python[:1].isdigit() else None
    return entries, exact, _sources(sources)


def _pipenv(name: str, value: Any) -> str:
    table = value if isinstance(value, dict) else {"version": value}
    return _line(name, table, str(table.get("version") or "*"), table.get("ref"), table.get("markers"))


def _line(name: str, table: Mapping[str, Any], version: str, ref: str | None, markers: str | None) -> str:
    """Write a requirement of pipenv or poetry as pip does; ``table`` can have extras and a repository."""
    extras = f"[{','.join(table['extras'])}]" if table.get("extras") else ""
    wanted = "" if version == "*" else f" {_caret(version)}"
    if table.get("git"):
        wanted = f" @ git+{table['git']}" + (f"@{ref}" if ref else "")
    return f"{name}{extras}{wanted}" + (f" ; {markers}" if markers else "")


def _is_local(value: Any) -> bool:
    return isinstance(value, dict) and ("path" in value or "file" in value)


def _sources(value: Any) -> tuple[str, ...]:
    urls = [one.get("url", "") for one in value or [] if isinstance(one, dict)]
    return tuple(url for url in urls if url and not _PUBLIC.match(url))


def _packages_of(table: str) -> Callable[[str], _Content]:
    """Read a lock that is a list of packages in TOML: poetry's, pdm's, uv's, and pylock.toml."""

    def read(text: str) -> _Content:
        document = tomllib.loads(text)
        packages = [
            package
            for package in document.get(table, [])
            if package.get("version") and not {"editable", "virtual", "directory"} & _source(package).keys()
        ]
        packages.sort(key=lambda package: version_numbers(package["version"]), reverse=True)
        packages.sort(key=lambda package: package["name"])  # of forks that allow a Python, the newest
        forked = Counter(package["name"] for package in packages)
        entries = [
            (
                f"{package['name']}=={package['version']}{_marker(package, forked[package['name']] > 1)}",
                _is_dev(package, document.get("default-groups", ())),
            )
            for package in packages
        ]
        python = (
            document.get("requires-python")
            or document.get("metadata", {}).get("requires_python")
            or document.get("metadata", {}).get("python-versions")
        )
        return entries, python, ()

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
        marker = marker or _python_marker(package.get("python-versions") or package.get("requires_python"))
    return f" ; {marker}" if marker else ""


def _python_marker(specifier: str | None) -> str:
    bounds = SpecifierSet(_specifier(specifier) or "")
    return " and ".join(f"python_full_version {one.operator} '{one.version}'" for one in bounds)


def _is_dev(package: Mapping[str, Any], default_groups: Iterable[str]) -> bool:
    selected = _SELECTED.findall(str(package.get("marker")))
    groups = package.get("groups") or [name for name, excluded in selected if not excluded]
    return not {"main", "default", *default_groups} & set(groups or [package.get("category", "main")])


def _pyproject(text: str) -> _Content:
    document = tomllib.loads(text)
    project = document.get("project", {})
    poetry = document.get("tool", {}).get("poetry", {})
    entries = [(line, False) for line in lines_of(project.get("dependencies"))]
    optional = {**project.get("optional-dependencies", {}), **document.get("dependency-groups", {})}
    entries += [(line, True) for name in _DEV_GROUPS for line in lines_of(optional.get(name))]
    entries += [(_poetry(name, value), False) for name, value in _poetry_table(poetry.get("dependencies"))]
    groups = [
        poetry.get("dev-dependencies"),
        *(poetry.get("group", {}).get(name, {}).get("dependencies") for name in _DEV_GROUPS),
    ]
    entries += [(_poetry(name, value), True) for group in groups for name, value in _poetry_table(group)]
    python = project.get("requires-python") or _caret(str(poetry.get("dependencies", {}).get("python", "")))
    return entries, python, _sources(poetry.get("source"))


def _poetry_table(table: Any) -> Iterator[tuple[str, Any]]:
    for name, value in (table or {}).items():
        if name != "python" and not _is_local(value):
            yield from ((name, one) for one in (value if isinstance(value, list) else [value]))


def _poetry(name: str, value: Any) -> str:
    table = value if isinstance(value, dict) else {"version": value}
    ref = table.get("rev") or table.get("tag") or table.get("branch")
    markers = [table.get("markers"), _python_marker(_caret(str(table.get("python", ""))))]
    every = " and ".join(f"({one})" for one in markers if one)
    return _line(name, table, str(table.get("version", "*")), ref, every)


def _caret(text: str) -> str:
    """Write poetry's ``^1.2`` and ``~1.2`` as bounds."""
    parts = []
    for part in (one.strip() for one in text.split(",")):
        numbers = re.sub(r"^[~^]", "", part).split(".")
        if part[:1] in ("^", "~") and all(number.isdigit() for number in numbers):
            fixed = next((place for place, number in enumerate(numbers) if int(number)), len(numbers) - 1)
            kept = fixed + 1 if part[0] == "^" else min(2, len(numbers))
            above = [*numbers[: kept - 1], str(int(numbers[kept - 1]) + 1)]
            parts.append(f">={'.'.join(numbers)},<{'.'.join(above)}")
        else:
            parts.append(f"=={part}" if part[:1].isdigit() else part)
    return ",".join(parts)


def _setup_cfg(text: str) -> _Content:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)

    def get(section: str, key: str) -> str:
        return parser.get(section, key, fallback="")

    entries = [
        (line.strip(), False) for line in get("options", "install_requires").splitlines() if line.strip()
    ]
    for name in _DEV_GROUPS:
        lines = get("options.extras_require", name).splitlines()
        entries += [(line.strip(), True) for line in lines if line.strip()]
    return entries, get("options", "python_requires"), ()


def _setup_py(text: str) -> _Content:
    entries: list[_Entry] = []
    python = None
    for given in setup_calls(text):
        entries += [(line, False) for line in lines_of(given.get("install_requires"))]
        extras = given.get("extras_require")
        tests = [extras.get(name) for name in _DEV_GROUPS] if isinstance(extras, dict) else []
        for lines in (given.get("tests_require"), *tests):
            entries += [(line, True) for line in lines_of(lines)]
        python = given.get("python_requires")
    return entries, python if isinstance(python, str) else None, ()


_READERS: tuple[tuple[str, Callable[[str], _Content]], ...] = (
    ("Pipfile.lock", _pipfile_lock),
    ("poetry.lock", _packages_of("package")),
    ("uv.lock", _packages_of("package")),
    ("pdm.lock", _packages_of("package")),
    ("pylock.toml", _packages_of("packages")),
    ("Pipfile", _pipfile),
    ("pyproject.toml", _pyproject),
    ("setup.cfg", _setup_cfg),
    ("setup.py", _setup_py),
)
_LAST_LOCK = "pylock.toml"
