"""What a project may be called, and what its files are called that flaskgen keeps for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from flaskgen.errors import Fix, InvalidProjectName
from flaskgen.planning.words import STANDARD_LIBRARY, in_ascii, is_keyword
from flaskgen.reporting import printable

RECORD_PATH = PurePosixPath(".flaskgen/project.toml")
BASE_PATH = PurePosixPath(".flaskgen/base.zip")
"""The files as flaskgen last wrote them."""
PYTHON_VERSION_FILE = PurePosixPath(".python-version")
DEFAULT_ENVIRONMENT = ".venv"
KEPT_BY_TOOLS = frozenset(
    {
        *(".git", ".hg", ".flaskgen", "__pycache__", "node_modules", ".tox", ".nox"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache"),
    }
)
"""Directories that are no source of any project."""
# Modules and directories that a generated project has or that would hide one another.
_TAKEN = frozenset(
    {"app", "static", "templates", "instance", "tests", "venv", "env", "src", "site", "docs"}
    | {"build", "dist", "conftest", "pip", "setuptools"}
)
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))]
)
_VALID = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", re.IGNORECASE)
_LONGEST = 100


class ProjectName(NamedTuple):
    """A project's name in the three forms that its files need."""

    text: str
    """As given: ``my-shop``."""

    @property
    def package(self) -> str:
        """The import name: ``my_shop``."""
        return self.text.lower().replace("-", "_")

    @property
    def title(self) -> str:
        """For people: ``My Shop``."""
        return " ".join(word.capitalize() for word in re.split("[-_]", self.text))


def parse_project_name(text: str, *, reserved: Iterable[str] = ()) -> ProjectName:
    """Return the name, or raise InvalidProjectName that says which rule it breaks and what would do.

    ``reserved`` are the import names that the project's packages install.
    """
    _check_characters(text)
    name = ProjectName(text)
    if reason := why_taken(name.package, reserved):
        raise _invalid(text, reason, suggest_name(text, reserved=reserved))
    return name


def why_taken(package: str, reserved: Iterable[str]) -> str | None:
    """Return why an import name is not available, or None."""
    if package in _WINDOWS_DEVICES:
        return "it is a device name on Windows"
    if is_keyword(package):
        return "it is a Python keyword"
    if package in STANDARD_LIBRARY or package == "test":
        return "it is a module of Python's standard library"
    if package in {module.lower() for module in reserved}:
        return "it is a module that projects contain or install"
    if package in _TAKEN:
        return "it is reserved for a module of the project"
    return None


def _check_characters(text: str) -> None:
    if not text.strip():
        raise InvalidProjectName(
            "the project name is empty", hint="flaskgen new my-app", fix=Fix(text, "my-app")
        )
    for char in text:
        if not char.isascii() or not char.isprintable():
            raise InvalidProjectName(
                f"the project name `{printable(text)}` contains the character U+{ord(char):04X}",
                hint=f"use ASCII letters, digits, `-` and `_`: {suggest_name(text)} "
                "(to keep the directory's name, set the project's with --name)",
                fix=Fix(text, suggest_name(text)),
            )
    if len(text) > _LONGEST:
        raise InvalidProjectName(
            f"the project name has {len(text)} characters, more than {_LONGEST}",
            hint="choose a shorter one",
        )
    if not _VALID.fullmatch(text):
        why = "use letters and digits, separated by single `-` or `_`"
        raise _invalid(text, why, suggest_name(text))


def _invalid(text: str, why: str, suggestion: str) -> InvalidProjectName:
    message = f"invalid project name `{text}`: {why}"
    return InvalidProjectName(message, hint=f"try `{suggestion}`", fix=Fix(text, suggestion))


def suggest_name(text: str, *, reserved: Iterable[str] = ()) -> str:
    """Return the nearest valid name."""
    words = re.findall("[a-z0-9]+", in_ascii(text).lower())
    suggestion = "-".join(words).lstrip("0123456789-")[: _LONGEST - 3].rstrip("-") or "my-app"
    taken = why_taken(ProjectName(suggestion).package, reserved)
    return f"my-{suggestion}" if taken else suggestion
