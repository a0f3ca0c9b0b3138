"""Find a project that flaskgen made, and its environment: its own, the active one, or virtualenvwrapper's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import tomli

from flaskgen.effects.python.environments import Environment, read_environment
from flaskgen.effects.system.user_directories import nearest_existing
from flaskgen.effects.transaction.files import is_empty, reason_of
from flaskgen.effects.transaction.holding import require_complete
from flaskgen.effects.transaction.log import POINTER
from flaskgen.errors import (
    BrokenRecord,
    CannotWrite,
    EnvironmentBroken,
    Fix,
    InvalidDestination,
    NotAProject,
    ProjectExists,
)
from flaskgen.planning.project.names import BASE_PATH, DEFAULT_ENVIRONMENT, RECORD_PATH
from flaskgen.reporting import quote


def absolute_path(path: Path | str) -> Path:
    """Return an absolute path whose parents are those of the disk, also if there is `..` in it.

    Raises NotAProject if there is no way to it.
    """
    given = Path(path)
    if "\0" in str(given):
        raise NotAProject("the path contains a NUL character", hint="check the path")
    try:
        return given.resolve() if ".." in given.parts else given.absolute()
    except FileNotFoundError as error:
        raise NotAProject("the current directory does not exist", hint="change to one that exists") from error
    except (OSError, RuntimeError) as error:  # before 3.13, a loop of links is a RuntimeError
        message = f"cannot follow `{given}`: {reason_of(error)}"
        raise NotAProject(message, hint="check the path and its links") from error


def locate_project(directory: Path | str) -> Path:
    """Return the project that a directory is in. Raises NotAProject, or BrokenRecord."""
    here = absolute_path(directory)
    project = find_project(here)
    if project is not None:
        return project
    for folder in (here, *here.parents):
        if (folder / BASE_PATH).exists():
            missing = f"the record of `{folder}` is missing: there is no {RECORD_PATH}"
            raise located(BrokenRecord(missing, lost=RECORD_PATH), folder)
        require_complete(folder)
    raise NotAProject(
        f"there is no flaskgen project in {here} or above it",
        hint="change to one, or create one: flaskgen new my-app",
    )


def located(error: BrokenRecord, project: Path) -> BrokenRecord:
    """Return an error that also says how to restore what is lost, from the current directory."""
    if error.lost:
        there = "" if project == Path.cwd() else f" -C {quote(str(project))}"
        restore = f"git{there} checkout -- {error.lost}"
        error.hint = f"{error.hint}, or restore it: {restore}" if error.hint else f"restore it: {restore}"
        error.fix = Fix(first=restore)
    return error


def find_project(start: Path) -> Path | None:
    """Return the nearest directory, from ``start`` upwards, with a flaskgen project; None if there is none.

    Raises NotAProject if that one was never finished.
    """
    found = next((folder for folder in (start, *start.parents) if (folder / RECORD_PATH).is_file()), None)
    if found is not None:
        require_complete(found)
    return found


def project_environment(project: Path) -> Path:
    """Return the path of a project's environment, whether it is there or not.

    The record may name it. Else it is ``.venv``; without that, the one that ``UV_PROJECT_ENVIRONMENT`` tells
    uv to use, an active one in the project with Flask, or one of virtualenvwrapper's: of the project's name,
    and with a ``.project`` file that leads back here.
    """
    try:
        record = tomli.loads((project / RECORD_PATH).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # which is for other commands to say
        record = {}
    if path := _text(record, "environment", "path"):
        return project / os.path.expanduser(path)
    default = project / DEFAULT_ENVIRONMENT
    if os.path.lexists(default):
        return default
    of_uv = os.environ.get("UV_PROJECT_ENVIRONMENT")
    if of_uv and (project / of_uv / "pyvenv.cfg").is_file():
        return project / of_uv
    active = active_environment(project)
    if active and not active.unfit:
        return active.path
    name = _text(record, "project", "name") or project.name
    shared = workon_home() / name
    return shared if _leads_to(shared, project) else default


def own_environment(project: Path) -> Environment | None:
    """Read a project's environment; None if there is none.

    Raises EnvironmentBroken, also if its Python is a file of the project: in a clone that may be anyone's
    program, and installing runs it.
    """
    path = project_environment(project)
    if not os.path.lexists(path):
        return None
    environment = read_environment(path)
    python = environment.python
    if python.suffix != ".exe" and python.resolve().is_relative_to(project.resolve()):
        raise EnvironmentBroken(
            f"`{python}` is not a link to an interpreter, so it could be any program",
            hint="create the environment again, or pass --no-install",
        )
    return environment


def find_workspace(project: Path) -> Path | None:
    """Return the root of the uv workspace around a project: there, uv keeps its lock and its environment."""
    for parent in project.resolve().parents:
        try:
            if "[tool.uv.workspace]" in (parent / "pyproject.toml").read_text(encoding="utf-8"):
                return parent
        except (OSError, UnicodeDecodeError):
            continue
    return None


class ActiveEnvironment(NamedTuple):
    """What ``VIRTUAL_ENV`` names."""

    path: Path
    unfit: str
    """Why it cannot be a project's; empty if it can."""


def active_environment(project: Path) -> ActiveEnvironment | None:
    """Return the environment that is active, whose packages a project must not change unless it is in it."""
    value = os.environ.get("VIRTUAL_ENV")
    if not value:
        return None
    path, root = Path(value).resolve(), project.resolve()
    if not path.is_relative_to(root) or path == root:
        return ActiveEnvironment(Path(value), "is not in the project")
    # By the project's own path, which may lead through links: whether it is in the project is then seen.
    own = project / path.relative_to(root)
    try:
        site_packages = read_environment(own).site_packages
    except EnvironmentBroken:
        return ActiveEnvironment(own, "is broken")
    has_flask = any((folder / "flask" / "__init__.py").is_file() for folder in site_packages)
    return ActiveEnvironment(own, "" if has_flask else "has no Flask")


def _text(record: dict[str, object], section: str, key: str) -> str | None:
    table = record.get(section)
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) and value else None


def _leads_to(environment: Path, project: Path) -> bool:
    try:
        target = (environment / ".project").read_text(encoding="utf-8").strip()
        return Path(target).samefile(project)
    except (OSError, ValueError):
        return False


def workon_environment(name: str) -> Path:
    """Return the place for the environment called ``name``, in ``$WORKON_HOME`` or ``~/.virtualenvs``.

    Raises InvalidDestination if that directory cannot be used, and ProjectExists if an environment of
    that name is there, also by another case or with ``-`` for ``_``. An empty directory does not count.
    """
    home = workon_home()
    if home.parts[0].startswith("~"):
        raise _unusable(
            f"`{home}` is not a directory: there is no such home", "set WORKON_HOME to an absolute path"
        )
    if not home.is_absolute():
        raise _unusable(
            f"WORKON_HOME is `{home}`, which is not an absolute path", "set it to an absolute path"
        )
    if home.exists() and not home.is_dir():
        raise _unusable(f"WORKON_HOME is `{home}`, which is not a directory")
    nearest = nearest_existing(home)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        raise _unusable(f"WORKON_HOME is `{home}`, which is not writable")
    for entry in home.iterdir() if home.exists() else ():
        if _folded(entry.name) == _folded(name) and not is_empty(entry):
            raise ProjectExists(
                f"there is already an environment `{entry.name}` in {home}",
                hint=f"choose another name, or remove it with `rmvirtualenv {entry.name}`",
            )
    return home / name


def _unusable(message: str, hint: str = "set it to another directory") -> InvalidDestination:
    usual = Fix(first="export WORKON_HOME=$HOME/.virtualenvs")
    return InvalidDestination(message, hint=hint, fix=usual)


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
