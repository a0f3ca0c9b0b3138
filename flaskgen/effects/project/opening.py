"""Find a project that flaskgen made, and open it: its record, its files as written, and its environment."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from flaskgen import __version__
from flaskgen.effects.project.workon import workon_home
from flaskgen.effects.shipped.compatibility_data import load_lines
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.effects.transaction.holding import require_complete
from flaskgen.errors import BrokenRecord, NotAProject
from flaskgen.planning.project.paths import BASE_PATH, DEFAULT_ENVIRONMENT, RECORD_PATH
from flaskgen.planning.project.record import ProjectRecord, parse_record, read_spec, unpack_base
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.templates.catalogue import Catalogue
from flaskgen.planning.templates.tree import Tree


@dataclass(frozen=True)
class OpenProject:
    """A project on the disk, as far as its record tells."""

    path: Path
    record: ProjectRecord
    spec: ProjectSpec
    catalogue: Catalogue
    pristine: Tree | None
    """Its files as flaskgen last wrote them; None where this flaskgen can render them again."""


def absolute_path(path: Path | str) -> Path:
    """Return an absolute path whose parents are those of the disk, also if there is `..` in it.

    Raises NotAProject if there is no way to it.
    """
    given = Path(path)
    try:
        return given.resolve() if ".." in given.parts else given.absolute()
    except FileNotFoundError as error:
        raise NotAProject("the current directory is gone", hint="change to one that exists") from error
    except (OSError, RuntimeError) as error:  # before 3.13, a loop of links is a RuntimeError
        raise NotAProject(
            f"cannot follow `{given}`: its links form a loop", hint="remove the link"
        ) from error


def locate_project(directory: Path | str) -> Path:
    """Return the project that a directory is in. Raises NotAProject, or BrokenRecord."""
    here = absolute_path(directory)
    project = find_project(here)
    if project is not None:
        return project
    for folder in (here, *here.parents):
        if (folder / BASE_PATH).exists():
            raise BrokenRecord(
                f"the record of `{folder}` is missing: there is no {RECORD_PATH}",
                hint=f"bring it back: git checkout -- {RECORD_PATH}",
            )
        require_complete(folder)
    raise NotAProject(
        f"there is no flaskgen project in {here} or above it",
        hint="change to one, or create one: flaskgen new my-app",
    )


def find_project(start: Path) -> Path | None:
    """Return the nearest folder, from ``start`` upwards, that flaskgen made; None where there is none.

    Raises NotAProject where that one was never finished.
    """
    found = next((folder for folder in (start, *start.parents) if (folder / RECORD_PATH).is_file()), None)
    if found is not None:
        require_complete(found)
    return found


def open_project(path: Path, *, catalogue: Catalogue | None = None) -> OpenProject:
    """Read a project's record, where ``catalogue`` is what it is made of (default: the one that ships).

    Raises RecordTooNew, BrokenRecord or NotAProject.
    """
    record = parse_record(_read(path / RECORD_PATH), reader=__version__)
    catalogue = catalogue or load_catalogue()
    spec = read_spec(record, catalogue=catalogue, lines=load_lines())
    if not (path / spec.name.package).is_dir():
        raise NotAProject(
            f"`{path.name}` has no package `{spec.name.package}`, which its record names",
            hint=f"if you renamed it, write its new name into {RECORD_PATH}",
        )
    return OpenProject(path, record, spec, catalogue, _read_pristine(path, record))


def _read_pristine(path: Path, record: ProjectRecord) -> Tree | None:
    if not (path / BASE_PATH).exists():
        if record.generator == __version__:
            return None
        raise BrokenRecord(
            f"{BASE_PATH} is missing, which has the files as flaskgen {record.generator} made them",
            hint=f"bring it back: git checkout -- {BASE_PATH}",
        )
    return unpack_base(_read(path / BASE_PATH))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BrokenRecord(f"cannot read `{path}`: {error.strerror}", hint="restore it from git") from error


def project_environment(project: Path) -> Path:
    """Return the path of a project's environment, whether it is there or not.

    The record may name it. Else it is ``.venv``, unless only virtualenvwrapper has one: of the project's
    name, and with a ``.project`` file that leads back here.
    """
    record = _lenient_record(project)
    if path := _text(record, "environment", "path"):
        return project / os.path.expanduser(path)
    default = project / DEFAULT_ENVIRONMENT
    if os.path.lexists(default):
        return default
    name = _text(record, "project", "name") or project.name
    shared = workon_home() / name
    return shared if _leads_to(shared, project) else default


def _lenient_record(project: Path) -> dict[str, object]:
    """Return what the record says; nothing if it cannot be read."""
    try:
        return tomllib.loads((project / RECORD_PATH).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


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
