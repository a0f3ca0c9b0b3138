"""Where virtualenvwrapper keeps environments, and what it needs to find a project from one."""

from __future__ import annotations

import os
from pathlib import Path

from flaskgen.errors import InvalidDestination, ProjectExists


def workon_environment(name: str) -> Path:
    """Give the place for the environment called ``name``, in ``$WORKON_HOME`` or ``~/.virtualenvs``.

    Raises InvalidDestination where that folder cannot be used, and ProjectExists where an environment of
    that name is there, also by another case or with ``-`` for ``_``.
    """
    home = workon_home()
    if not home.is_absolute():
        raise InvalidDestination(f"WORKON_HOME is the relative path `{home}`", hint="give it an absolute one")
    if home.exists() and not home.is_dir():
        raise InvalidDestination(
            f"WORKON_HOME is `{home}`, which is not a directory", hint="give it another one"
        )
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InvalidDestination(f"WORKON_HOME `{home}` cannot be written", hint="give it another one")
    for entry in home.iterdir() if home.exists() else ():
        if _folded(entry.name) == _folded(name):
            raise ProjectExists(
                f"there is an environment `{entry.name}` in {home} already",
                hint=f"choose another name, or remove it with `rmvirtualenv {entry.name}`",
            )
    return home / name


def workon_home() -> Path:
    """Give virtualenvwrapper's folder, with ``~`` and variables expanded as a shell would have."""
    return Path(os.path.expandvars(os.environ.get("WORKON_HOME") or "~/.virtualenvs")).expanduser()


def point_to_project(environment: Path, project: Path) -> None:
    """Write the file by which ``workon`` changes to the project's directory."""
    (environment / ".project").write_text(f"{project}\n", encoding="utf-8")


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
