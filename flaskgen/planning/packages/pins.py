"""Pinned packages, and the requirements files that are written of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Pin:
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

    @property
    def line(self) -> str:
        return self.reference or f"{self.name}=={self.version}"


def format_pins(pins: Iterable[Pin], *, hashes: bool = False) -> str:
    """Write pins as the lines of a requirements file, sorted by name, each followed by its ``# via``."""
    return "".join(_format_pin(pin, hashes) for pin in sorted(pins, key=lambda pin: pin.name))


def _format_pin(pin: Pin, hashes: bool) -> str:
    hash_lines = (
        [f"    --hash={digest}" for digest in sorted(pin.hashes)] if hashes and not pin.reference else []
    )
    requirement = " \\\n".join([pin.line, *hash_lines])
    return "".join(f"{line}\n" for line in (*pin.notes, requirement)) + _format_via(pin.via)


def _format_via(via: Sequence[str]) -> str:
    if len(via) <= 1:
        return "".join(f"    # via {name}\n" for name in via)
    return "    # via\n" + "".join(f"    #   {name}\n" for name in sorted(via))


def format_requirements(pins: Iterable[Pin], *, hashes: bool = False) -> str:
    """Write requirements.txt: the runtime closure."""
    return _HEADER + format_pins(pins, hashes=hashes)


def format_dev_requirements(pins: Iterable[Pin], *, hashes: bool = False) -> str:
    """Write requirements-dev.txt: requirements.txt and the closure of the test tools."""
    return _HEADER + "-r requirements.txt\n" + format_pins(pins, hashes=hashes)


_HEADER = "# Frozen by `flaskgen freeze`: what is installed, at the versions that work together.\n"


def normalized(name: str) -> str:
    """Give a distribution's name as the index compares it."""
    return str(canonicalize_name(name))
