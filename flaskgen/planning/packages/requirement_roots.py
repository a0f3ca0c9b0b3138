"""What a project asks for itself: the requirements that a person wrote down."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from packaging.requirements import Requirement

from flaskgen.errors import BrokenRecord
from flaskgen.planning.packages.requirement_graph import parse_requirement

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"\s--?\w.*$")
_EGG = re.compile(r"#(?:.*&)?egg=([\w.-]+)")


@dataclass(frozen=True)
class ProjectRoots:
    """The direct requirements, as far as they name a package."""

    direct: tuple[Requirement, ...] = ()
    dev: tuple[Requirement, ...] = ()


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
        hint = "mend the file: its dev group tells the test tools from the rest"
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
