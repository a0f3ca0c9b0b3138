"""What flaskgen tells of a project that it made, and what is installed in it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name


def made(completed: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert completed.returncode == 0, completed.stderr + completed.stdout
    told: dict[str, Any] = json.loads(completed.stdout)
    return told


def call(*command: str | Path, cwd: Path) -> str:
    completed = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert completed.returncode == 0, completed.stderr + completed.stdout
    return completed.stdout


def packages_of(python: Path) -> Path:
    """Return the directory of an environment's packages."""
    (folder,) = (python.parent.parent / "lib").glob("python*/site-packages")
    return folder


def versions_in(python: Path) -> dict[str, str]:
    """What is installed in an environment, pip included, as `pip freeze --all` lists it."""
    found = distributions(path=[str(packages_of(python))])
    return {canonicalize_name(one.metadata["Name"]): one.version for one in found}


def installed_in(project: Path) -> dict[str, str]:
    return versions_in(project / ".venv/bin/python")


def pins(project: Path, *names: str) -> dict[str, str]:
    text = "\n".join((project / name).read_text() for name in names)
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)", text, re.MULTILINE))


def without_pip(installed: Mapping[str, str]) -> dict[str, str]:
    assert "pip" in installed
    return {name: version for name, version in installed.items() if name != "pip"}
