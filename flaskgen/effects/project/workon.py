"""Where virtualenvwrapper keeps environments, and what it needs to find a project from one."""

from __future__ import annotations

import os
from pathlib import Path

from flaskgen.effects.transaction.log import LOG, POINTER, is_empty, points_to, read_log
from flaskgen.errors import CannotWrite, InvalidDestination, ProjectExists


def workon_environment(name: str, *, project: Path) -> Path:
    """Return the place for the environment called ``name``, in ``$WORKON_HOME`` or ``~/.virtualenvs``.

    Raises InvalidDestination if that directory cannot be used, and ProjectExists if an environment of
    that name is there, also by another case or with ``-`` for ``_``. One that a killed run left there for
    the same ``project`` does not count, nor does an empty directory.
    """
    home = workon_home()
    if home.parts[0].startswith("~"):
        raise InvalidDestination(
            f"`{home}` is not a directory: there is no such home", hint="set WORKON_HOME to an absolute path"
        )
    if not home.is_absolute():
        raise InvalidDestination(
            f"WORKON_HOME is `{home}`, which is not an absolute path", hint="set it to an absolute path"
        )
    if home.exists() and not home.is_dir():
        raise InvalidDestination(
            f"WORKON_HOME is `{home}`, which is not a directory", hint="set it to another directory"
        )
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise InvalidDestination(
            f"WORKON_HOME is `{home}`, which is not writable", hint="set it to another directory"
        )
    log = read_log(project / LOG)
    leftovers = [path for path in (log.outside if log else ()) if points_to(Path(path), project)]
    for entry in home.iterdir() if home.exists() else ():
        if _folded(entry.name) == _folded(name) and not (str(entry) in leftovers or is_empty(entry)):
            raise ProjectExists(
                f"there is already an environment `{entry.name}` in {home}",
                hint=f"choose another name, or remove it with `rmvirtualenv {entry.name}`",
            )
    return home / name


def workon_home() -> Path:
    """Return virtualenvwrapper's directory, with ``~`` and variables expanded as a shell would have.

    It begins with ``~`` where there is no home.
    """
    return Path(os.path.expanduser(os.path.expandvars(os.environ.get("WORKON_HOME") or "~/.virtualenvs")))


def point_to_project(environment: Path, project: Path) -> None:
    """Write the file by which ``workon`` changes to the project's directory.

    It is the first thing in an environment that is not made yet, so that whoever finds it half made knows
    whose it is. Raises CannotWrite.
    """
    try:
        environment.mkdir(parents=True, exist_ok=True)
        (environment / POINTER).write_text(f"{project}\n", encoding="utf-8")
    except OSError as error:
        raise CannotWrite(
            f"cannot write to `{environment}`: {error.strerror}", hint="set WORKON_HOME to another directory"
        ) from error


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
