"""What a project requires directly: by its specification, and by the files that a person edits."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from packaging.requirements import Requirement

from flaskgen.errors import BrokenRecord, IncompatibleVersions
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.pins import normalized
from flaskgen.planning.packages.requirement_graph import parse_requirement


@dataclass(frozen=True)
class DirectRequirements:
    """Requirements by what they are for, each with its bounds, one a distribution."""

    runtime: tuple[str, ...]
    """In the order of requirements.in: Flask, the base, then each extension's."""
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
    """Return what a project of ``release`` with these extensions requires, in the order they are given.

    ``traits`` are the project's: some requirements depend on them. Raises IncompatibleVersions for an
    extension that cannot work on the line.
    """
    line = release.line
    runtime = [f"Flask=={release.version}", *line.base]
    for name in extension_names:
        support = line.extensions[name]
        if support.unsupported is not None:
            raise IncompatibleVersions(
                f"extension {name} does not work with Flask {release.version} ({support.unsupported})",
                hint=f"remove {name}, or choose another Flask",
            )
        runtime += support.required_with(traits)
    return DirectRequirements(
        runtime=_merge(runtime),
        dev=line.dev if dev else (),
        environment=line.environment,
        constraints=tuple(bound.requirement for bound in line.core),
    )


def _merge(requirements: Iterable[str]) -> tuple[str, ...]:
    """Make one requirement of those that name the same distribution: pip refuses two in a file."""
    from packaging.requirements import Requirement

    merged: dict[tuple[str, str], str] = {}
    for text in requirements:
        requirement = Requirement(text)
        key = normalized(requirement.name), str(requirement.marker or "")
        if merged.setdefault(key, text) != text:
            first = Requirement(merged[key])
            first.specifier &= requirement.specifier
            first.extras |= requirement.extras
            merged[key] = str(first)
    return tuple(merged.values())


_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"\s--?\w.*$")
_EGG = re.compile(r"#(?:.*&)?egg=([\w.-]+)")


class ProjectRoots(NamedTuple):
    """The direct requirements, as far as they name a package."""

    direct: tuple[Requirement, ...] = ()
    dev: tuple[Requirement, ...] = ()


_INCLUDED = re.compile(r"\s*(?P<option>-r|--requirement|-c|--constraint)[ =]*(?P<path>[^\s#]+)")


def included_files(name: str, text: str) -> Iterator[tuple[str, bool]]:
    """Yield the files that a requirements file includes, below the project, and whether as constraints."""
    for line in text.splitlines():
        found = _INCLUDED.match(line)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), found["path"])) if found else ".."
        if found and not path.startswith(("..", "/")) and "://" not in found["path"]:
            yield path, found["option"] in ("-c", "--constraint")


def read_direct(text: str) -> tuple[Requirement, ...]:
    """Read requirements.in; options (``-c``, ``--index-url``) and paths without a name are passed over."""
    found = (_read_line(line) for line in text.lstrip("\ufeff").replace("\\\n", " ").splitlines())
    return tuple(requirement for requirement in found if requirement is not None)


def _read_line(line: str) -> Requirement | None:
    line = line.strip()
    egg = _EGG.search(line)
    if egg and "://" in line and " @ " not in line:
        return Requirement(egg[1])
    line = _OPTION.sub("", _COMMENT.sub("", line)).strip()
    if not line or line.startswith(("-", ".", "/")) or "://" in line.partition(" @ ")[0]:
        return None
    return parse_requirement(line)


def read_dev(text: str) -> tuple[Requirement, ...]:
    """Read the ``dev`` group of a pyproject.toml (PEP 735), with the groups it includes.

    Raises BrokenRecord for what is not TOML: without the group, test tools would pass for runtime.
    """
    try:
        groups = tomllib.loads(text.lstrip("\ufeff")).get("dependency-groups", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        hint = "fix the file: its dev group says which packages are test tools"
        raise BrokenRecord(f"pyproject.toml is not valid TOML: {error}", hint=hint) from error
    found = (parse_requirement(line) for line in _group(groups, "dev", ()))
    return tuple(requirement for requirement in found if requirement is not None)


def _group(groups: Any, name: str, path: tuple[str, ...]) -> list[str]:
    entries = groups.get(name, []) if isinstance(groups, dict) else []
    lines: list[str] = []
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case str():
                lines.append(entry)
            case {"include-group": str(included)} if included not in path:
                lines += _group(groups, included, (*path, name))
    return lines
