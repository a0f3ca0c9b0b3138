"""A Python interpreter on this machine, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Interpreter:
    """An interpreter by its absolute path, with what decides which packages fit it."""

    path: Path
    version: str
    """All of it: ``3.13.0``."""
    implementation: str = "CPython"

    @property
    def minor(self) -> str:
        """The version that compatibility is measured in: ``3.13``."""
        return ".".join(self.version.split(".")[:2])

    def markers(self, host: dict[str, str]) -> dict[str, str]:
        """Give the marker environment of this interpreter, where ``host`` is that of the running one."""
        return host | {
            "python_version": self.minor,
            "python_full_version": self.version,
            "implementation_name": self.implementation.lower(),
            "platform_python_implementation": self.implementation,
            "implementation_version": self.version,
        }
