"""The files that say what a project requires: locks, Pipfile, pyproject.toml, setup.cfg and setup.py."""

from __future__ import annotations

import ast
import configparser
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import tomli
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.packages.direct_requirements import lines_of_group
from flaskgen.planning.packages.pins import normalized, parse_version
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


UNREADABLE = (*NOT_PARSED, AttributeError, KeyError, TypeError, configparser.Error)
_PUBLIC = re.compile(r"https?://(pypi\.org|pypi\.python\.org)/")
COMMENT = re.compile(r"(^|\s)#.*$")
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
    for name, layout in MANIFESTS.items():
        with suppress(KeyError, *UNREADABLE):
            found.append(layout.read(files[PurePosixPath(name)]).name)
    return tuple(dict.fromkeys(normalized(name) for name in found if isinstance(name, str) and name))


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


def _caret(text: str) -> str:
    """Write poetry's ``^1.2`` and ``~1.2`` as bounds; of alternatives the newest."""
    choices = re.split(r"\s*\|\|?\s*", text.strip())
    newest = max(choices, key=lambda one: version_numbers(re.sub(r"^[^\d]*", "", one)))
    parts = []
    for part in re.split(r"\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])", newest):
        version = parse_version(part[1:]) if part[:1] in ("^", "~") else None
        if version:
            numbers = version.release
            fixed = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
            kept = fixed + 1 if part[0] == "^" else min(2, len(numbers))
            above = (*numbers[: kept - 1], numbers[kept - 1] + 1)
            parts.append(f">={version},<{'.'.join(map(str, above))}")
        else:
            parts.append(f"=={part}" if part[:1].isdigit() else part)
    return ",".join(parts)


def _setup_calls(text: str) -> Iterator[Mapping[str, Any]]:
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
            case ast.Dict(keys, parts):
                return {key and value_of(key): value_of(part) for key, part in zip(keys, parts, strict=True)}
            case ast.Call(ast.Name("dict"), [], keywords):
                return arguments(keywords)
        with suppress(ValueError):
            return ast.literal_eval(node)
        return None

    def arguments(keywords: Iterable[ast.keyword]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for one in keywords:
            value = value_of(one.value)
            given |= {one.arg: value} if one.arg else value if isinstance(value, dict) else {}
        return given

    nodes = [n for n in ast.walk(parse_quietly(text)) if isinstance(n, ast.Assign | ast.AugAssign | ast.Call)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        match node:
            case ast.Assign(targets, value):
                values |= {name: value_of(value) for name in map(last_name, targets) if name}
            case ast.AugAssign(ast.Name(name) as list_, ast.Add(), more) | ast.Call(
                ast.Attribute(ast.Name(name) as list_, "append" | "extend"), [more]
            ):
                values[name] = value_of(ast.BinOp(list_, ast.Add(), ast.List([more])))
            case ast.Call(function, keywords=keywords) if last_name(function) == "setup":
                yield arguments(keywords)


def _lines_of(value: Any) -> list[str]:
    """Return the lines of a text or of a list of texts that say something, without their comments."""
    lines = (
        value.splitlines() if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    )
    texts = (COMMENT.sub("", line).strip() for line in lines if isinstance(line, str))
    return [text for text in texts if text]


_SELECTED = re.compile(r"['\"][^'\"]+['\"]\s+(?:not\s+)?in\s+(?:extras|dependency_groups)")
"""The part of a marker of pylock.toml (PEP 751) that says who needs a package."""


def _locked(packages: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write the packages of a lock as pip does, but for directories; of forks the newest first."""
    local = {"editable", "virtual", "directory"}
    found = [one for one in packages if _pinned(one) and not local & _source(one).keys()]
    found.sort(key=lambda one: version_numbers(one.get("version", "")), reverse=True)
    found.sort(key=lambda one: one["name"])
    forked = Counter(one["name"] for one in found)
    for one in found:
        yield f"{one['name']}{_pinned(one)}{_marker(one, forked[one['name']] > 1)}"


def _pinned(package: Mapping[str, Any]) -> str:
    """Return the version that a lock has of a package, or its commit; empty if neither is locked."""
    source, vcs = _source(package), package.get("vcs", {})
    of_poetry = source.get("url") if source.get("type") == "git" else None
    if url := of_poetry or source.get("git") or package.get("git") or vcs.get("url"):
        commit = source.get("resolved_reference") or package.get("revision") or vcs.get("commit-id")
        return f" @ git+{re.split('[?#]', url)[0]}@{commit or url.partition('#')[2]}"
    return f"=={package['version']}" if package.get("version") else ""


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


def _toml(text: str) -> Mapping[str, Any]:
    """Read TOML, in which groups have the lines of those that they include."""
    document = tomli.loads(text)
    groups = document.get("dependency-groups", {})
    return document | {"dependency-groups": {name: lines_of_group(groups, name) for name in _DEV_GROUPS}}


def _ini(text: str) -> Mapping[str, Any]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {name: dict(section) for name, section in parser.items()}


_OF_CONDA = re.compile(r"([\w.-]+) ?=([\w.*+!]+)(?:=(\S+))?")
_NOT_REQUIRED = ("python", "pip", "_libgcc_mutex")


def of_conda(package: str) -> str | None:
    """Return the requirement that a package of conda's is, ``flask=1.1``; None for what is no such.

    That is empty for what is not of Python, as the build of it says: ``openssl=1.1.1d=h7b6447c_2``.
    """
    found = _OF_CONDA.fullmatch(package)
    if found is None:
        return None
    name, version, build = found.groups()
    if name in _NOT_REQUIRED or (build and "py" not in build):
        return ""
    exact = build or version.endswith("*") or version.count(".") > 1
    return f"{name}=={version}" if exact else f"{name}=={version}.*"


def _conda(text: str) -> Mapping[str, Any]:
    """Return what the ``dependencies`` of environment.yml are, those for pip as well, without YAML."""
    listed = re.search(r"^dependencies:.*\n((?:[ \t]*(?:[-#].*)?\n)*)", f"{text}\n", re.MULTILINE)
    items = re.findall(
        r"^[ \t]*-[ \t]+[\"']?(?:[\w-]+::)?(\w[^\"'#\n]*)", listed[1] if listed else "", re.MULTILINE
    )
    packages = [one.strip() for one in items if not one.strip().endswith(":")]
    wanted = (one if (own := of_conda(one)) is None else own for one in packages)
    return {"dependencies": [one for one in wanted if one not in _NOT_REQUIRED]}


SCRIPT = re.compile(r"^# /// script\s*\n((?:#.*\n)+?)# ///\s*$", re.MULTILINE)
"""What a file says of its own requirements (PEP 723)."""


def _script(text: str) -> Mapping[str, Any]:
    found = SCRIPT.search(text)
    return tomli.loads(re.sub(r"^# ?", "", found[1], flags=re.MULTILINE) if found else "")


_INSTALLED = re.compile(r"\bpip3?\s+install\s+((?:[^&|;\n\\]|\\\n)+)")


def _dockerfile(text: str) -> Mapping[str, Any]:
    """Return what the commands of a Dockerfile install by name."""
    words = re.findall(r"(?:-[rce]\s+)?[^\s\\]+", " ".join(_INSTALLED.findall(text)))
    names = (word.strip("\"'") for word in words if not re.match(r"[-./$]|.*://", word))
    return {"installed": [one for one in names if one not in _NOT_REQUIRED]}


def _setup(text: str) -> Mapping[str, Any]:
    """Return the arguments of ``setup`` that are written out."""
    items = (item for given in _setup_calls(text) for item in given.items())
    return {name: value for name, value in items if value is not None}


class Layout(NamedTuple):
    """Where a file says what: paths of keys, in which ``*`` stands for each group for development."""

    load: Callable[[str], Mapping[str, Any]]
    lists: str = ""
    """What has requirements as pip writes them, or names files with such."""
    tables: str = ""
    """What has requirements as pipenv and poetry write them."""
    packages: str = ""
    """What a lock has."""
    python: str = ""
    name: str = ""
    sources: str = ""

    def read(self, text: str) -> Content:
        """Return what a file says. Raises one of UNREADABLE."""
        document = self.load(text)
        lines, included = [], []
        for value in _values(document, self.lists):
            if isinstance(value, str) and value.strip().startswith("file:"):
                included += _lines_of(value.strip().removeprefix("file:").replace(",", "\n"))
            elif isinstance(value, dict):
                included += _lines_of(value.get("file"))
            else:
                lines += _lines_of(value)
        lines += [line for table in _values(document, self.tables) for line in _lines_in(table)]
        lines += [line for packages in _values(document, self.packages) for line in _locked(packages)]
        pythons = (_caret(one) for one in _values(document, self.python) if one and isinstance(one, str))
        urls = [one["url"] for some in _values(document, self.sources) for one in some if one.get("url")]
        return Content(
            lines=list(dict.fromkeys(lines)),
            python=next(pythons, None),
            indexes=tuple(url for url in urls if not _PUBLIC.match(url)),
            name=next(iter(_values(document, self.name)), None),
            included=tuple(included),
        )


def _values(document: Mapping[str, Any], paths: str) -> list[Any]:
    """Return what a document has at paths of keys."""
    every: list[Any] = []
    for path in paths.split():
        found: list[Any] = [document]
        for key in path.split("/"):
            keys = _DEV_GROUPS if key == "*" else (key,)
            found = [one[key] for one in found for key in keys if key in one.keys()]  # noqa: SIM118
        every += found
    return every


_LOCK = Layout(
    _toml,
    packages="package packages",
    python="requires-python metadata/requires_python metadata/python-versions",
)
LOCKS: Mapping[str, Layout] = {
    "Pipfile.lock": Layout(
        json.loads, tables="default develop", python="_meta/requires/python_version", sources="_meta/sources"
    ),
    **dict.fromkeys(("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"), _LOCK),
}
MANIFESTS: Mapping[str, Layout] = {
    "Pipfile": Layout(
        _toml, tables="packages dev-packages", python="requires/python_version", sources="source"
    ),
    "pyproject.toml": Layout(
        _toml,
        lists="project/dependencies dependency-groups/* project/optional-dependencies/*"
        " tool/setuptools/dynamic/dependencies tool/setuptools/dynamic/optional-dependencies/*"
        " tool/flit/metadata/requires tool/flit/metadata/requires-extra/* tool/pdm/dev-dependencies/*"
        " tool/hatch/envs/default/dependencies tool/uv/dev-dependencies",
        tables="tool/poetry/dependencies tool/poetry/dev-dependencies tool/poetry/group/*/dependencies",
        python="project/requires-python tool/poetry/dependencies/python tool/flit/metadata/requires-python",
        name="project/name tool/poetry/name tool/flit/metadata/dist-name tool/flit/metadata/module",
        sources="tool/poetry/source tool/pdm/source",
    ),
    "setup.cfg": Layout(
        _ini,
        lists="options/install_requires options.extras_require/*",
        python="options/python_requires",
        name="metadata/name",
    ),
    "setup.py": Layout(
        _setup, lists="install_requires tests_require extras_require/*", python="python_requires", name="name"
    ),
    **dict.fromkeys(("environment.yml", "environment.yaml"), Layout(_conda, lists="dependencies")),
    "Dockerfile": Layout(_dockerfile, lists="installed"),
}
OF_SCRIPT = Layout(_script, lists="dependencies", python="requires-python")
