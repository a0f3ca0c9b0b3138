"""Where the files of a project are that flaskgen keeps for itself, and its environment."""

from __future__ import annotations

from pathlib import PurePosixPath

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
