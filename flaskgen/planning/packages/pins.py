"""Pinned packages, and the requirements files that they are written to and read from."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

RUNTIME_LABEL = "pyproject.toml"
DEV_LABEL = "pyproject.toml (dev)"
"""What a pin has among its requirers if it is a direct requirement."""


class Pin(NamedTuple):
    """One package at one version, and who wants it."""

    name: str
    """The normalised name: ``flask-login``."""
    version: str
    via: tuple[str, ...] = ()
    """Names of the packages that require it, or the file where a person did."""
    hashes: tuple[str, ...] = ()
    """``sha256:...`` of every file of that version; empty where none is known."""
    reference: str | None = None
    """The whole line, where name and version do not tell the source: editable, VCS, local."""
    notes: tuple[str, ...] = ()
    """Comment lines that go before it: what the line of an editable install does not tell."""
    marker: str = ""
    """The environments that it is for, or nothing: all."""

    @property
    def line(self) -> str:
        line = self.reference or f"{self.name}=={self.version}"
        return f"{line} ; {self.marker}" if self.marker else line


def format_pins(pins: Iterable[Pin], *, hashes: bool = False) -> str:
    """Write pins as the lines of a requirements file, sorted by name, each followed by its ``# via``."""
    lines: list[str] = []
    for pin in sorted(pins, key=lambda pin: (pin.name, pin.marker)):
        known = sorted(pin.hashes) if hashes and not pin.reference else []
        lines += [*pin.notes, " \\\n".join([pin.line, *(f"    --hash={digest}" for digest in known)])]
        lines += _format_via(pin.via)
    return "".join(f"{line}\n" for line in lines)


def _format_via(via: Sequence[str]) -> list[str]:
    if len(via) <= 1:
        return [f"    # via {name}" for name in via]
    return ["    # via", *(f"    #   {name}" for name in sorted(via))]


class OwnLines(NamedTuple):
    """What a requirements file has besides requirements, which its user wrote."""

    top: tuple[str, ...] = ()
    """The lines above the first requirement, and options from below it, as they hold for the whole file."""
    above: Mapping[str, tuple[str, ...]] = {}
    """Comments above or beside a requirement, by its name."""
    end: tuple[str, ...] = ()
    """Comments below the last requirement."""


def format_requirements(
    pins: Iterable[Pin], *, hashes: bool, dev: bool = False, own: OwnLines | None = None
) -> str:
    """Write requirements.txt, or with ``dev`` requirements-dev.txt, with the ``own`` lines of its user."""
    top, above, end = own or OwnLines()
    first = (line for line in (_HEADER, *([_INCLUDE] if dev else [])) if line not in top)
    left = dict(above)  # a package can have several pins
    noted = (pin._replace(notes=(*left.pop(pin.name, ()), *pin.notes)) for pin in pins)
    pinned = format_pins(noted, hashes=hashes)
    return "".join(f"{line}\n" for line in (*first, *top)) + pinned + "".join(f"{line}\n" for line in end)


def read_own_lines(text: str) -> OwnLines:
    """Return what a requirements file has besides requirements.

    An indented comment belongs to a requirement, even if somebody deleted that.
    """
    top: list[str] = []
    above: dict[str, tuple[str, ...]] = {}
    waiting: list[str] = []
    begun = False
    for line in map(join_line, split_lines(text)):
        stripped = line.strip()
        if line[:1].isspace() and stripped.startswith("#"):
            continue
        if stripped.startswith(_EDITABLE) or (stripped and stripped[0] not in "#-"):
            name = _parse_block([stripped]).name
            comments = [one for one in waiting if one] if begun else []
            comments += [one for one in _COMMENT.findall(stripped) if not one.startswith("# via")]
            if comments:
                above[name] = (*above.get(name, ()), *comments)
            top += [] if begun else waiting
            begun, waiting = True, []
        elif begun and stripped.startswith("-"):
            top.append(line)
        elif not line.startswith(_NOTE):  # which an editable install brings again
            waiting.append(line)
    end = tuple(waiting) if any(waiting) else ()
    return OwnLines(tuple(top), above, end) if begun else OwnLines((*top, *waiting))


def is_frozen(text: str) -> bool:
    """Return whether flaskgen wrote a requirements file."""
    return _HEADER in text.splitlines()


_HEADER = "# Frozen by `flaskgen freeze`: what is installed, at the versions that work together."
_INCLUDE = "-r requirements.txt"
_EDITABLE = ("-e ", "--editable")
_COMMENT = re.compile(r"\s(#.*)")
_NOTE = ("# Editable ", "## !!", "# '")


def normalized(name: str) -> str:
    """Return a distribution's name as the index compares it."""
    return str(canonicalize_name(name))


def names_of(requirements: Iterable[Requirement]) -> frozenset[str]:
    """Return the normalised names of what is required."""
    return frozenset(normalized(one.name) for one in requirements)


def parse_version(text: str) -> Version | None:
    """Return a version; None for what no version of today is, which only ``===`` can name."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


_VERSION_OR_HASH = re.compile(r"==[^\s;]+|^ +--hash=.*\n?| \\$", re.MULTILINE)


def without_versions(content: bytes) -> str:
    """Return a requirements file without its versions and hashes: what else somebody wrote is left."""
    return _VERSION_OR_HASH.sub("", decode(content))


_HASH = re.compile(r"--hash[= ](\S+)")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_EGG = re.compile(r"#(?:.*&)?egg=([\w.-]+)")


class PinChanges(NamedTuple):
    """How many requirements came, went, or changed their version or source."""

    added: int = 0
    removed: int = 0
    changed: int = 0

    def __str__(self) -> str:
        counts = {"added": self.added, "removed": self.removed, "changed": self.changed}
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "the same pins"


_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


def decode(content: bytes, errors: str = "replace") -> str:
    """Read the text of a requirements file as pip does: UTF-8, or what its byte order mark says.

    ``pip freeze >`` in Windows PowerShell writes UTF-16. Newlines stay as they are.
    """
    mark, encoding = _encoding_of(content)
    return content[len(mark) :].decode(encoding, errors)


def encode(text: str, like: bytes) -> bytes:
    """Return a text in the encoding of a file, from which it was read with ``surrogateescape``."""
    mark, encoding = _encoding_of(like)
    return mark + text.encode(encoding, "surrogateescape")


def _encoding_of(content: bytes) -> tuple[bytes, str]:
    return next((marked for marked in _MARKS if content.startswith(marked[0])), (b"", "utf-8"))


def count_changes(before: str, after: str) -> PinChanges:
    """Compare two requirements files by what they would install."""
    old, new = ({pin.name: pin.line for pin in parse_pins(text)} for text in (before, after))
    return compare_versions(old, new)


def compare_versions(old: Mapping[str, object], new: Mapping[str, object]) -> PinChanges:
    """Count what differs between the versions of packages by name."""
    return PinChanges(
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        changed=sum(old[name] != new[name] for name in old.keys() & new.keys()),
    )


def parse_pins(text: str) -> tuple[Pin, ...]:
    """Read what a requirements file requires, with hashes, and with the packages each line is there for.

    What is not pinned is a pin by its reference; options and comments are skipped.
    """
    blocks: list[list[str]] = []
    for line in map(join_line, split_lines(text)):
        stripped = line.strip()
        if stripped.startswith(_EDITABLE) or (stripped and stripped[0] not in "#-"):
            blocks.append([stripped])
        elif blocks and line[:1].isspace():
            blocks[-1].append(stripped)
    return tuple(map(_parse_block, blocks))


def split_lines(text: str) -> Iterator[str]:
    """Yield the lines of a requirements file as they are written, each with those that continue it."""
    begun: list[str] = []
    for line in text.splitlines(keepends=True):
        begun.append(line)
        if line.lstrip().startswith("#") or not line.splitlines()[0].endswith("\\"):
            yield "".join(begun)
            begun = []
    yield from filter(None, ["".join(begun)])


def join_line(written: str) -> str:
    """Return a line without what continues it, as pip does: a comment ends with its line."""
    said = ""
    for line in written.splitlines():
        comment = line.lstrip().startswith("#")
        said += f" {line}" if comment and said else line.strip("\\") if line.endswith("\\") else line
    return said


def _parse_block(lines: Sequence[str]) -> Pin:
    line, *options = re.split(r"\s+(?=-)", re.sub(r"\s+#.*", "", lines[0]))
    requirement, _, marker = (part.strip() for part in line.partition(" ;" if "://" in line else ";"))
    via, marker = _parse_via(lines), _plain(marker)
    name, pinned, version = (part.strip() for part in requirement.partition("=="))
    found = _EGG.search(name) if name.startswith(_EDITABLE) else _NAME.match(name)
    key = normalized(found[found.re.groups]) if found else requirement
    if not pinned or version.startswith("=") or "@" in name or "/" in name:
        return Pin(key, "", via, reference=requirement, marker=marker)
    return Pin(key, version, via, tuple(_HASH.findall(" ".join(options))), marker=marker)


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
