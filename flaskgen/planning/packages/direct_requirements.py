"""What a project requires directly: by its specification, and by its pyproject.toml."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from flaskgen.errors import BrokenRecord, Fix, IncompatibleVersions
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.installed import parse_requirement
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.tables import read_toml

PYPROJECT = PurePosixPath("pyproject.toml")


class DirectRequirements(NamedTuple):
    """Requirements by what they are for, each with its bounds, one a distribution, sorted by its name."""

    runtime: tuple[str, ...]
    """Those of Flask, of the base and of each extension, and the bounds without which Flask fails."""
    dev: tuple[str, ...]
    environment: tuple[str, ...]
    """What is installed without the project requiring it: pip."""
    constraints: tuple[str, ...]
    """Bounds of what Flask itself requires, for a resolution that does not take the lock."""


def requirements_for(
    release: FlaskRelease,
    extension_names: Iterable[str],
    *,
    traits: Collection[str] = (),
    dev: bool = True,
) -> DirectRequirements:
    """Return what a project of ``release`` with these extensions requires.

    ``traits`` are the project's: some requirements depend on them. Raises IncompatibleVersions for an
    extension that cannot work on the series.
    """
    series = release.series
    bounds = [bound.requirement for bound in series.core if bound.fails_beyond]
    runtime = [f"Flask=={release.version}", *bounds, *series.base]
    tools = [*series.dev]
    for name in extension_names:
        support = series.extensions[name]
        if support.unsupported is not None:
            other = f"Python {support.minimum.version}" if support.minimum else "another Flask"
            raise IncompatibleVersions(
                f"extension {name} does not work with Flask {release.version} ({support.unsupported})",
                hint=f"remove {name}, or choose {other}",
                fix=Fix(name),
            )
        runtime += support.required_with(traits)
        tools += support.dev
    return DirectRequirements(
        runtime=_merge(runtime),
        dev=_merge(tools) if dev else (),
        environment=series.environment,
        constraints=tuple(bound.requirement for bound in series.core),
    )


def _merge(requirements: Iterable[str]) -> tuple[str, ...]:
    """Make one requirement of those that name the same distribution: pip refuses two in a file."""
    merged: dict[tuple[str, str], str] = {}
    for text in requirements:
        requirement = Requirement(text)
        key = normalized(requirement.name), str(requirement.marker or "")
        if merged.setdefault(key, text) != text:
            first = Requirement(merged[key])
            first.specifier &= requirement.specifier
            first.extras |= requirement.extras
            merged[key] = str(first)
    return tuple(merged[key] for key in sorted(merged))


class ProjectRoots(NamedTuple):
    """What a pyproject.toml requires directly, as far as it names a package."""

    direct: tuple[Requirement, ...] = ()
    dev: tuple[Requirement, ...] = ()
    """The dev group, with the groups that it includes."""
    project: str | None = None
    """The normalised name of the project itself, which may be installed as well."""
    constraints: tuple[str, ...] = ()
    """The bounds that uv's settings set for any package."""
    python: str = ""
    """The Pythons that the project is for, as ``>=3.12``."""

    def allow_python(self, version: str) -> bool:
        """Return whether the project is for a Python; bounds that nobody can read allow all."""
        try:
            return SpecifierSet(self.python).contains(version)
        except InvalidSpecifier:
            return True


def read_roots(text: str) -> ProjectRoots:
    """Read a pyproject.toml (PEP 621 and PEP 735).

    Raises BrokenRecord for what is not TOML: without its groups, test tools would pass for runtime.
    """
    hint = "fix the file: it says what the project requires"
    document = read_toml(text.encode(), lambda what: BrokenRecord(f"pyproject.toml {what}", hint=hint))
    project = _table(document, "project")
    name, python = project.get("name"), project.get("requires-python")
    return ProjectRoots(
        direct=_parsed(_texts(project.get("dependencies"))),
        dev=_parsed(lines_of_group(_table(document, "dependency-groups"), "dev")),
        project=normalized(name) if isinstance(name, str) else None,
        constraints=tuple(_texts(_table(_table(document, "tool"), "uv").get("constraint-dependencies"))),
        python=python if isinstance(python, str) else "",
    )


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _parsed(lines: Iterable[str]) -> tuple[Requirement, ...]:
    return tuple(found for line in lines if (found := parse_requirement(line)) is not None)


def lines_of_group(groups: Mapping[str, Any], name: str, *, within: tuple[str, ...] = ()) -> list[str]:
    """Return the lines of a dependency group and of those that it includes (PEP 735)."""
    entries: Any = next((some for one, some in groups.items() if normalized(one) == normalized(name)), [])
    path = (*within, normalized(name))
    lines: list[str] = []
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case str():
                lines.append(entry)
            case {"include-group": str(included)} if normalized(included) not in path:
                lines += lines_of_group(groups, included, within=path)
    return lines
