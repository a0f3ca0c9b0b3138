"""Projects of earlier versions of flaskgen: their direct requirements are in a requirements.in."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from flaskgen.planning.packages.direct_requirements import PYPROJECT
from flaskgen.planning.packages.installed import parse_requirement
from flaskgen.planning.packages.pins import decode, normalized
from flaskgen.planning.templates.tree import Files, Tree, encode

REQUIREMENTS_IN = PurePosixPath("requirements.in")
_ADDRESS = re.compile(r"[\w+]+://")
_COMMENT = re.compile(r"(?:^|\s+)(#.*)$")


def move_requirements(base: Tree, ours: Files) -> tuple[Tree, Files]:
    """Return both with what their requirements.in requires in their pyproject.toml, ready to be merged.

    In ``ours``, a requirements.in of which nothing is lost is as it was written; any other stays its user's.
    """
    if not (REQUIREMENTS_IN in base and REQUIREMENTS_IN in ours) or b"[project]" in ours.get(PYPROJECT, b""):
        return base, ours
    old, pyproject = decode(encode(base[REQUIREMENTS_IN])), encode(base.get(PYPROJECT, b""))
    before, _ = _read(old)
    template_comments = {line.strip() for line in old.splitlines()}
    after, complete = _read(decode(ours[REQUIREMENTS_IN]), without=template_comments)
    moved = {PYPROJECT: _requiring(after, ours.get(PYPROJECT, pyproject))}
    if complete:
        moved[REQUIREMENTS_IN] = encode(base[REQUIREMENTS_IN])
    return {**base, PYPROJECT: _requiring(before, pyproject)}, {**ours, **moved}


def _read(text: str, *, without: Collection[str] = ()) -> tuple[list[str], bool]:
    """Return the lines of a requirements file as a sorted list in TOML has them, and whether it has them all.

    Comments in ``without`` do not count. Options and addresses have no place in such a list.
    """
    blocks: list[tuple[str, list[str]]] = []
    above: list[str] = []
    complete = True
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        remark = _COMMENT.search(line)
        wanted = line[: remark.start()] if remark else line
        requirement = parse_requirement(wanted) if wanted and not _ADDRESS.match(wanted) else None
        if requirement:
            item = f'    "{wanted.replace(chr(34), chr(39))}",' + (f"  {remark[1]}" if remark else "")
            blocks.append((normalized(requirement.name), [*above, item]))
            above = []
        elif wanted:
            complete = False
        elif line and line not in without:
            above.append(f"    {line}")
    return [line for _, block in sorted(blocks, key=lambda one: one[0]) for line in block] + above, complete


def _requiring(lines: list[str], pyproject: bytes) -> bytes:
    """Return a pyproject.toml, which has no such table, that requires what ``lines`` say."""
    newline = "\r\n" if 2 * pyproject.count(b"\r\n") > pyproject.count(b"\n") else "\n"
    return newline.join(["[project]", "dependencies = [", *lines, "]", "", decode(pyproject)]).encode()
