"""The exact versions that both sides install, whatever a package index resolves today."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Pins:
    """What flaskgen installs, as requirements of exact versions."""

    runtime: tuple[str, ...]
    """All that requirements.txt has."""
    dev: tuple[str, ...]
    """All that requirements-dev.txt has besides."""
    direct: tuple[str, ...]
    """What the application itself requires."""
    direct_dev: tuple[str, ...]
    lock: tuple[str, ...]
    """All that the lock has, for any platform, as constraints."""

    @property
    def versions(self) -> dict[str, str]:
        """The version of each package by its normalized name."""
        return read_versions("\n".join(self.runtime + self.dev))

    def pinned(self, name: str) -> str:
        """Return the requirement of a package that has one version in the lock."""
        [found] = (pin for pin in self.lock if pin.startswith(f"{name}=="))
        return found


def read_pins(project: Path, lock: str) -> Pins:
    """Read a project that flaskgen made, and the text of the lock that it was made from."""
    runtime = (project / "requirements.txt").read_text(encoding="utf-8")
    dev = (project / "requirements-dev.txt").read_text(encoding="utf-8")
    asked = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    return Pins(
        runtime=_requirements(read_versions(runtime)),
        dev=_requirements(read_versions(dev)),
        direct=_pinned(asked["project"]["dependencies"], read_versions(runtime)),
        direct_dev=_pinned(asked["dependency-groups"]["dev"], read_versions(dev)),
        lock=read_lock(lock),
    )


def read_lock(text: str) -> tuple[str, ...]:
    """Return the packages of a lock as constraints."""
    return tuple(
        f"{package['name']}=={package['version']}"
        + (f" ; {package['marker']}" if "marker" in package else "")
        for package in tomllib.loads(text)["package"]
    )


def read_versions(text: str) -> dict[str, str]:
    """Return the versions that a requirements file, as flaskgen or uv writes it, has for this platform."""
    requirements = map(Requirement, re.findall(r"^[A-Za-z0-9][^\\\n]*", text, re.MULTILINE))
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Return a line about each package of which the two sides have different versions."""
    return [
        f"{name}: flaskgen has {ours.get(name, 'none')}, uv has {theirs.get(name, 'none')}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _pinned(lines: Iterable[str], versions: Mapping[str, str]) -> tuple[str, ...]:
    """Return the requirements of a list, extras included, at the versions of a requirements file."""
    names = (name for line in lines for name in re.findall(r"^[A-Za-z0-9][\w.-]*(?:\[[^]]*\])?", line))
    return tuple(f"{name}=={versions[canonicalize_name(name.partition('[')[0])]}" for name in names)


def _requirements(versions: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}=={version}" for name, version in versions.items())
