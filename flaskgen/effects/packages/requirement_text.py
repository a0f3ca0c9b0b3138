"""Read and write pins in the requirements format that uv and pip share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flaskgen.planning.packages.pins import Pin, normalized

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def write_pins(pins: Iterable[Pin]) -> str:
    """Write one line a pin, with its hashes."""
    return "".join(
        " ".join([pin.line, *(f"--hash={one}" for one in pin.hashes if not pin.reference)]) + "\n"
        for pin in pins
    )


def parse_compiled(text: str) -> tuple[Pin, ...]:
    """Read what ``uv pip compile`` wrote: pins, their hashes, and the packages each is there for."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith(("#", "-")):
            blocks.append([line])
        elif blocks and line.strip():
            blocks[-1].append(line.strip())
    return tuple(_parse_block(block) for block in blocks)


def _parse_block(lines: Sequence[str]) -> Pin:
    requirement, _, marker = (part.strip() for part in lines[0].rstrip("\\ ").partition(" ;"))
    hashes = tuple(
        line.rstrip("\\ ").removeprefix("--hash=") for line in lines[1:] if line.startswith("--hash=")
    )
    name, pinned, version = requirement.partition("==")
    if not pinned:
        found = _NAME.match(requirement)
        name = normalized(found[0] if found else requirement)
        return Pin(name, "", _parse_via(lines), reference=requirement, marker=_plain(marker))
    return Pin(normalized(name), version, _parse_via(lines), hashes, marker=_plain(marker))


def _plain(marker: str) -> str:
    """Write a marker as ``packaging`` does, by which it is compared."""
    from packaging.markers import InvalidMarker, Marker

    try:
        return str(Marker(marker)) if marker else ""
    except InvalidMarker:
        return marker


def _parse_via(lines: Sequence[str]) -> tuple[str, ...]:
    """Read ``# via flask``, or ``# via`` with a name on each following comment line."""
    names: list[str] = []
    listing = False
    for line in lines:
        comment = line.removeprefix("#").strip() if line.startswith("#") else ""
        if comment == "via" or comment.startswith("via "):
            names += [comment[4:]] if comment != "via" else []
            listing = True
        elif listing and comment and not comment.startswith("from "):
            names.append(comment)
    return tuple(sorted(names))
