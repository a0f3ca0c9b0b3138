"""What flaskgen tells of a project that it made, and what is installed in it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def made(completed: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert completed.returncode == 0, completed.stderr + completed.stdout
    told: dict[str, Any] = json.loads(completed.stdout)
    return told


def call(*command: str | Path, cwd: Path) -> str:
    completed = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert completed.returncode == 0, completed.stderr + completed.stdout
    return completed.stdout


LIST = """
from importlib.metadata import distributions
for one in distributions(): print(one.metadata["Name"], one.version)
"""


def versions_in(python: Path) -> dict[str, str]:
    """What an environment itself says is installed, pip included, as `pip freeze --all` does."""
    listed = call(python, "-I", "-c", LIST, cwd=python.parent)
    found = (line.split() for line in listed.splitlines())
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def installed_in(project: Path) -> dict[str, str]:
    return versions_in(project / ".venv/bin/python")


def pins(project: Path, *names: str) -> dict[str, str]:
    text = "\n".join((project / name).read_text() for name in names)
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)", text, re.MULTILINE))


def without_pip(installed: Mapping[str, str]) -> dict[str, str]:
    assert "pip" in installed
    return {name: version for name, version in installed.items() if name != "pip"}
