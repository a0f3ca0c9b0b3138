"""The files that say what a project requires: locks, Pipfile, pyproject.toml, setup.cfg and setup.py."""

from __future__ import annotations

import configparser
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from flaskgen.planning.flask.interpreter import version_numbers
from flaskgen.planning.foreign.loading import (
    DEV_GROUPS,
    lines_of,
    load_conda,
    load_dockerfile,
    load_ini,
    load_script,
    load_setup,
    load_toml,
)
from flaskgen.planning.packages.pins import normalized, parse_version
from flaskgen.planning.python_syntax import NOT_PARSED


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
_SERIES = re.compile(r"((?<!=)==\s*\d+(?:\.\d+)?)(?=\s*(?:,|$))")


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
                included += lines_of(value.strip().removeprefix("file:").replace(",", "\n"))
            elif isinstance(value, dict):
                included += lines_of(value.get("file"))
            else:
                lines += lines_of(value)
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
            keys = DEV_GROUPS if key == "*" else (key,)
            found = [one[key] for one in found for key in keys if key in one.keys()]  # noqa: SIM118
        every += found
    return every


_LOCK = Layout(
    load_toml,
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
        load_toml, tables="packages dev-packages", python="requires/python_version", sources="source"
    ),
    "pyproject.toml": Layout(
        load_toml,
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
        load_ini,
        lists="options/install_requires options.extras_require/*",
        python="options/python_requires",
        name="metadata/name",
    ),
    "setup.py": Layout(
        load_setup,
        lists="install_requires tests_require extras_require/*",
        python="python_requires",
        name="name",
    ),
    **dict.fromkeys(("environment.yml", "environment.yaml"), Layout(load_conda, lists="dependencies")),
    "Dockerfile": Layout(load_dockerfile, lists="installed"),
}
OF_SCRIPT = Layout(load_script, lists="dependencies", python="requires-python")
