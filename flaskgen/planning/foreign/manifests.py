"""The files that say what a project requires: locks, Pipfile, pyproject.toml, setup.cfg and setup.py."""

from __future__ import annotations

import ast
import configparser
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import tomli
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.direct_requirements import lines_of_group
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.python_syntax import NOT_PARSED, last_name, parse_quietly


class Content(NamedTuple):
    """What a file says."""

    lines: list[str]
    """Requirements as pip writes them, those for development as well."""
    python: str | None = None
    indexes: tuple[str, ...] = ()
    """Their URLs."""
    name: str | None = None
    """That of the project itself."""
    included: tuple[str, ...] = ()
    """The requirements files that setuptools takes more lines from."""


Reader = Callable[[str], Content]
"""Returns the content of a file. Raises one of UNREADABLE."""
UNREADABLE = (*NOT_PARSED, AttributeError, KeyError, TypeError, configparser.Error)
_PUBLIC = re.compile(r"https?://(pypi\.org|pypi\.python\.org)/")
_SERIES = re.compile(r"((?<!=)==\s*\d+(?:\.\d+)?)(?=\s*(?:,|$))")
_DEV_GROUPS = ("dev", "develop", "development", "test", "tests", "testing", "lint", "docs")


def specifier_of(text: str | None) -> str | None:
    """Return a specifier of Pythons, in which ``==3.8`` is every 3.8, as poetry means it."""
    with suppress(InvalidSpecifier):
        return str(SpecifierSet(_SERIES.sub(r"\1.*", text))) if text else None
    return None


def _python_marker(specifier: str | None) -> str:
    """Return the marker of the Pythons that a specifier allows."""
    bounds = SpecifierSet(specifier_of(specifier) or "")
    return " and ".join(f"python_full_version {one.operator} '{one.version}'" for one in bounds)


def own_names(files: Mapping[PurePosixPath, str]) -> tuple[str, ...]:
    """Return the names that the files at the top of a project give it, normalised."""
    found: list[object] = []
    for name, read in MANIFESTS.items():
        with suppress(KeyError, *UNREADABLE):
            found.append(read(files[PurePosixPath(name)]).name)
    return tuple(dict.fromkeys(normalized(name) for name in found if isinstance(name, str) and name))


def _pipfile_lock(text: str) -> Content:
    """Read a Pipfile.lock, which has the form of a Pipfile."""
    document = json.loads(text)
    meta = document.get("_meta", {})
    return _of_pipenv(document, ("default", "develop"), meta.get("requires", {}), meta.get("sources"))


def _pipfile(text: str) -> Content:
    document = tomli.loads(text)
    sections = ("packages", "dev-packages")
    return _of_pipenv(document, sections, document.get("requires", {}), document.get("source"))


def _of_pipenv(
    document: Mapping[str, Any], sections: tuple[str, str], requires: Mapping[str, Any], sources: Any
) -> Content:
    lines = [line for section in sections for line in _lines_in(document.get(section, {}))]
    python = requires.get("python_version")
    exact = f"=={python}.*" if isinstance(python, str) and python[:1].isdigit() else None
    return Content(lines, exact, _sources(sources))


def _lines_in(table: Mapping[str, Any]) -> Iterator[str]:
    """Write the requirements of pipenv or poetry as pip does, but for directories."""
    for name, value in table.items():
        for one in value if isinstance(value, list) else [value]:
            wanted = one if isinstance(one, dict) else {"version": one}
            if name != "python" and not {"path", "file"} & wanted.keys():
                yield _line(name, wanted)


def _line(name: str, wanted: Mapping[str, Any]) -> str:
    extras = f"[{','.join(wanted['extras'])}]" if wanted.get("extras") else ""
    version = str(wanted.get("version") or "*")
    bounds = "" if version == "*" else f" {_caret(version)}"
    if wanted.get("git"):
        ref = next((wanted[key] for key in ("ref", "rev", "tag", "branch") if wanted.get(key)), None)
        bounds = f" @ git+{wanted['git']}" + (f"@{ref}" if ref else "")
    python = _python_marker(_caret(str(wanted.get("python", ""))))
    markers = " and ".join(f"({one})" for one in (wanted.get("markers"), python) if one)
    return f"{name}{extras}{bounds}" + (f" ; {markers}" if markers else "")


def _sources(value: Any) -> tuple[str, ...]:
    urls = [one.get("url", "") for one in value or [] if isinstance(one, dict)]
    return tuple(url for url in urls if url and not _PUBLIC.match(url))


def _pyproject(text: str) -> Content:
    document = tomli.loads(text)
    project = document.get("project", {})
    poetry = document.get("tool", {}).get("poetry", {})
    extras = project.get("optional-dependencies", {})

    def for_development(name: str) -> list[str]:
        return [*_lines_of(extras.get(name)), *lines_of_group(document.get("dependency-groups", {}), name)]

    groups = [
        poetry.get("dev-dependencies", {}),
        *(poetry.get("group", {}).get(name, {}).get("dependencies", {}) for name in _DEV_GROUPS),
    ]
    lines = [
        *_lines_of(project.get("dependencies")),
        *_lines_in(poetry.get("dependencies", {})),
        *dict.fromkeys(line for name in _DEV_GROUPS for line in for_development(name)),
        *(line for group in groups for line in _lines_in(group)),
    ]
    python = project.get("requires-python") or _caret(str(poetry.get("dependencies", {}).get("python", "")))
    name = project.get("name") or poetry.get("name")
    dynamic = document.get("tool", {}).get("setuptools", {}).get("dynamic", {})
    later = dynamic.get("optional-dependencies", {})
    needs = [dynamic.get("dependencies", {}), *(later.get(name, {}) for name in _DEV_GROUPS)]
    included = tuple(file for need in needs for file in _lines_of(need.get("file")))
    return Content(lines, python, _sources(poetry.get("source")), name, included)


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


def _setup_cfg(text: str) -> Content:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)

    def get(section: str, key: str) -> str:
        return parser.get(section, key, fallback="")

    lines: list[str] = []
    included: list[str] = []
    extras = (get("options.extras_require", name) for name in _DEV_GROUPS)
    for need in (get("options", "install_requires"), *extras):
        if (text := need.strip()).startswith("file:"):
            included += _lines_of(text.removeprefix("file:").replace(",", "\n"))
        else:
            lines += _lines_of(need)
    python, name = get("options", "python_requires"), get("metadata", "name")
    return Content(lines, python, name=name, included=tuple(included))


def _setup_py(text: str) -> Content:
    lines: list[str] = []
    python, name = None, None
    for given in _setup_calls(text):
        extras = given.get("extras_require")
        tests = [extras.get(name) for name in _DEV_GROUPS] if isinstance(extras, dict) else []
        for some in (given.get("install_requires"), given.get("tests_require"), *tests):
            lines += _lines_of(some)
        python, name = given.get("python_requires"), given.get("name")
    return Content(lines, python if isinstance(python, str) else None, name=name)


def _setup_calls(text: str) -> Iterator[Mapping[str | None, Any]]:
    """Yield what is written out in each, also in a part of a list; the rest is None. Raises NOT_PARSED."""
    values: dict[str, Any] = {}

    def value_of(node: ast.expr) -> Any:
        match node:
            case ast.Name(name):
                return values.get(name)
            case ast.BinOp(left, ast.Add(), right):
                first, second = value_of(left), value_of(right)
                if isinstance(first, str) or isinstance(second, str):
                    return first + second if isinstance(first, str) and isinstance(second, str) else None
                return [*_lines_of(first), *_lines_of(second)]
            case ast.List(parts) | ast.Tuple(parts):
                return [line for part in parts for line in _lines_of(value_of(part))]
            case ast.Starred(value):
                return value_of(value)
        with suppress(ValueError):
            return ast.literal_eval(node)
        return None

    nodes = [node for node in ast.walk(parse_quietly(text)) if isinstance(node, ast.Assign | ast.Call)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        if isinstance(node, ast.Assign):
            values |= {name: value_of(node.value) for name in map(last_name, node.targets) if name}
        elif last_name(node.func) == "setup":
            yield {keyword.arg: value_of(keyword.value) for keyword in node.keywords}


def _lines_of(value: Any) -> list[str]:
    """Return the lines of a text or of a list of texts that say something."""
    lines = (
        value.splitlines() if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    )
    return [line.strip() for line in lines if isinstance(line, str) and line.strip()]


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
        marker = marker or _python_marker(package.get("python-versions") or package.get("requires_python"))
    return f" ; {marker}" if marker else ""


LOCKS: Mapping[str, Reader] = {
    "Pipfile.lock": _pipfile_lock,
    "poetry.lock": _packages_of("package"),
    "uv.lock": _packages_of("package"),
    "pdm.lock": _packages_of("package"),
    "pylock.toml": _packages_of("packages"),
}
MANIFESTS: Mapping[str, Reader] = {
    "Pipfile": _pipfile,
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
