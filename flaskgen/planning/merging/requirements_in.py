"""Projects of earlier versions of flaskgen: their direct requirements are in a requirements.in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from flaskgen.planning.merging.dependency_lists import find_lists
from flaskgen.planning.packages.pins import decode, normalized
from flaskgen.planning.packages.requirement_graph import parse_requirement
from flaskgen.planning.templates.tree import Tree, encode

PYPROJECT = PurePosixPath("pyproject.toml")
REQUIREMENTS_IN = PurePosixPath("requirements.in")
_COMMENT = re.compile(r"(?:^|\s+)(#.*)$")
_EGG = re.compile(r"(?P<url>\w+(?:\+\w+)?://[^\s#]+)#(?:.*&)?egg=(?P<name>[\w.-]+)")
Files = Mapping[PurePosixPath, bytes]


def move_requirements(base: Tree, ours: Files) -> tuple[Tree, Files]:
    """Return both with what their requirements.in requires in their pyproject.toml, ready to be merged.

    In ``ours``, a requirements.in of which nothing is lost is as it was written; any other stays its user's.
    """
    if REQUIREMENTS_IN not in base or REQUIREMENTS_IN not in ours:
        return base, ours
    old, pyproject = decode(encode(base[REQUIREMENTS_IN])), encode(base.get(PYPROJECT, b""))
    before, _ = read_requirements(old)
    template_comments = {line.strip() for line in old.splitlines()}
    after, complete = read_requirements(decode(ours[REQUIREMENTS_IN]), without=template_comments)
    kept = encode(base[REQUIREMENTS_IN]) if complete else ours[REQUIREMENTS_IN]
    moved = {
        **ours,
        PYPROJECT: with_dependencies(ours.get(PYPROJECT, pyproject), after),
        REQUIREMENTS_IN: kept,
    }
    return {**base, PYPROJECT: with_dependencies(pyproject, before)}, moved


def read_requirements(text: str, *, without: Collection[str] = ()) -> tuple[list[str], bool]:
    """Return the lines of a requirements file as a sorted list in TOML has them, and whether it has them all.

    Comments in ``without`` do not count. Options and paths have no place in such a list.
    """
    blocks: list[tuple[str, list[str]]] = []
    above: list[str] = []
    complete = True
    for line in text.replace("\\\n", " ").splitlines():
        bare = line.strip()
        if bare.startswith("#"):
            above += [] if bare in without else [f"    {bare}"]
            continue
        remark = _COMMENT.search(bare)
        wanted = bare[: remark.start()].rstrip() if remark else bare
        if egg := _EGG.fullmatch(wanted):
            wanted = f"{egg['name']} @ {egg['url']}"
        requirement = parse_requirement(wanted) if wanted else None
        if requirement is None:
            complete = complete and not wanted
            continue
        item = f'    "{wanted.replace(chr(34), chr(39))}",' + (f"  {remark[1]}" if remark else "")
        blocks.append((normalized(requirement.name), [*above, item]))
        above = []
    return [line for _, block in sorted(blocks, key=lambda one: one[0]) for line in block] + above, complete


def with_dependencies(pyproject: bytes, lines: list[str]) -> bytes:
    """Return a pyproject.toml that requires what ``lines`` say as well."""
    if not lines:
        return pyproject
    newline = "\r\n" if 2 * pyproject.count(b"\r\n") > pyproject.count(b"\n") else "\n"
    text = decode(pyproject)
    there = text.split(newline)
    for found in find_lists(there):
        if found.table == "project":
            there[found.start : found.stop] = [found.head, *found.lines, *lines, found.end]
            return newline.join(there).encode()
    opened = ["dependencies = [", *lines, "]"]
    if "[project]" in there:
        place = there.index("[project]") + 1
        return newline.join([*there[:place], *opened, *there[place:]]).encode()
    return newline.join(["[project]", *opened, "", text]).encode()
