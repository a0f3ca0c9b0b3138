"""A Python interpreter on this machine, and what may be one, as values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class Interpreter(NamedTuple):
    """An interpreter by its absolute path, with what decides which packages fit it."""

    path: Path
    version: str
    """All of it: ``3.13.0``, or ``3.16.0a1`` of a pre-release."""
    implementation: str = "CPython"
    free_threaded: bool = False
    """Whether it has no global lock: many packages have no wheels for such a build."""

    @property
    def pre_release(self) -> bool:
        return not self.version.replace(".", "").isdecimal()

    @property
    def usual(self) -> bool:
        """Whether it is what packages are built for first."""
        return self.implementation == "CPython" and not self.free_threaded and not self.pre_release

    @property
    def minor(self) -> str:
        """The version that compatibility is measured in: ``3.13``."""
        return ".".join(self.version.split(".")[:2])

    def markers(self, host: dict[str, str]) -> dict[str, str]:
        """Return the marker environment of this interpreter, where ``host`` is that of the running one."""
        return host | {
            "python_version": self.minor,
            "python_full_version": self.version,
            "implementation_name": self.implementation.lower(),
            "platform_python_implementation": self.implementation,
            "implementation_version": self.version,
        }


class FoundPython(NamedTuple):
    """A file that looks like an interpreter; only running it proves what it is."""

    path: Path
    version: tuple[int, ...] = ()
    """As much of it as the names in the path tell: ``(3, 12)`` of ``/usr/bin/python3.12``."""
    implementation: str = "CPython"
    free_threaded: bool = False

    @property
    def usual(self) -> bool:
        """Whether it is what packages are built for first, as far as its name tells."""
        return self.implementation == "CPython" and not self.free_threaded


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with: ``(3, 15, 0)`` of ``3.15.0a1``."""
    numbers = re.match(r"\d+(?:\.\d+)*", version, re.ASCII)
    return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()


def begins_alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether two versions are the same as far as both are known: 3.1 and 3.1.2."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
