"""Find a project and its virtual environment, without running anything of either."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flaskgen.effects.project.workon import workon_home
from flaskgen.effects.transaction.holding import require_complete
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.project.paths import RECORD_PATH

DEFAULT_ENVIRONMENT = ".venv"

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_REBUILD = "make it anew: `python -m venv {name}`, and install requirements-dev.txt into it"


@dataclass(frozen=True)
class FoundEnvironment:
    """A virtual environment as its files describe it."""

    path: Path
    interpreter: Interpreter
    """The environment's own, by its path there."""
    site_packages: tuple[Path, ...]
    """Where distributions are installed; more than one where lib64 is a folder of its own."""
    system_site_packages: bool
    settings: Mapping[str, str]
    """What pyvenv.cfg says, by lower-case key."""


def find_project(start: Path) -> Path | None:
    """Give the nearest folder, from ``start`` upwards, that flaskgen made; None where there is none.

    Raises NotAProject where that one was never finished.
    """
    found = next((folder for folder in (start, *start.parents) if (folder / RECORD_PATH).is_file()), None)
    if found is not None:
        require_complete(found)
    return found


def project_environment(project: Path) -> Path:
    """Give the path of a project's environment, whether it is there or not.

    The record may name it. Else it is ``.venv``, unless only virtualenvwrapper has one: of the project's
    name, and with a ``.project`` file that leads back here.
    """
    if path := _recorded(project, "environment", "path"):
        return project / os.path.expanduser(path)
    default = project / DEFAULT_ENVIRONMENT
    if os.path.lexists(default):
        return default
    name = _recorded(project, "project", "name") or project.name
    shared = workon_home() / name
    return shared if _leads_to(shared, project) else default


def _recorded(project: Path, section: str, key: str) -> str | None:
    try:
        table = tomllib.loads((project / RECORD_PATH).read_text(encoding="utf-8")).get(section)
    except (OSError, ValueError, RecursionError):
        return None
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) and value else None


def _leads_to(environment: Path, project: Path) -> bool:
    try:
        target = (environment / ".project").read_text(encoding="utf-8").strip()
        return Path(target).samefile(project)
    except (OSError, ValueError):
        return False


def read_environment(path: Path) -> FoundEnvironment:
    """Describe the environment at ``path``.

    Raises EnvironmentBroken where it is missing, has lost its interpreter, or is no virtual environment.
    """
    if not path.is_dir():
        raise EnvironmentBroken(
            _absent(path), hint="name another with --venv, or " + _REBUILD.format(name=path.name)
        )
    settings = _read_settings(path)
    version = _version(path, settings)
    interpreter = Interpreter(_find_python(path), version, _implementation(settings))
    site_packages = _find_site_packages(path, interpreter)
    _require_same_version(path, interpreter)
    return FoundEnvironment(
        path=path,
        interpreter=interpreter,
        site_packages=site_packages,
        system_site_packages=settings.get("include-system-site-packages", "").lower() == "true",
        settings=settings,
    )


def _absent(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return f"the virtual environment `{path}` is a link to {os.readlink(path)}, which does not exist"
    if path.exists():
        return f"`{path}` is a file, not the folder of a virtual environment"
    return f"there is no virtual environment at `{path}`"


def _read_settings(path: Path) -> dict[str, str]:
    try:
        text = (path / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise EnvironmentBroken(
            f"`{path}` is not a virtual environment: its pyvenv.cfg cannot be read ({error.strerror})",
            hint="name the environment's folder, the one that holds pyvenv.cfg, with --venv",
        ) from error
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def _version(path: Path, settings: Mapping[str, str]) -> str:
    # virtualenv writes version_info = 3.13.0.final.0, venv writes version = 3.13.0, uv version_info = 3.13.0
    for key in ("version_info", "version"):
        if match := _VERSION.match(settings.get(key, "")):
            return match[0]
    raise EnvironmentBroken(
        f"`{path / 'pyvenv.cfg'}` does not say which Python version the environment is for",
        hint=_REBUILD.format(name=path.name),
    )


def _implementation(settings: Mapping[str, str]) -> str:
    return settings.get("implementation") or "CPython"


def _find_python(path: Path) -> Path:
    candidates = [path / "bin" / "python", path / "bin" / "python3", path / "Scripts" / "python.exe"]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    hint = _REBUILD.format(name=path.name)
    for candidate in candidates:
        if candidate.is_symlink():
            gone = os.readlink(candidate)
            raise EnvironmentBroken(f"the Python of `{path}` is gone: its link leads to {gone}", hint=hint)
    raise EnvironmentBroken(f"`{path}` has no Python in it", hint=hint)


def _find_site_packages(path: Path, interpreter: Interpreter) -> tuple[Path, ...]:
    minor = interpreter.minor
    names = (f"python{minor}", f"python{minor}t", f"pypy{minor}")
    candidates = [path / lib / name / "site-packages" for name in names for lib in ("lib", "lib64")]
    candidates += [path / "Lib" / "site-packages", path / "site-packages"]
    found = {folder.resolve(): folder for folder in reversed(candidates) if folder.is_dir()}
    if not found:
        raise EnvironmentBroken(
            f"`{path}` has no site-packages for Python {minor}" + _other_versions(path, minor),
            hint=_REBUILD.format(name=path.name),
        )
    return tuple(sorted(found.values(), key=candidates.index))


def _other_versions(path: Path, minor: str) -> str:
    others = sorted(folder.parent.name for folder in path.glob("lib/*/site-packages"))
    return f", but one for {', '.join(others)}" if others else ""


def _require_same_version(path: Path, interpreter: Interpreter) -> None:
    """Find an interpreter that was upgraded in place: its own name tells, without running it."""
    target = interpreter.path.resolve()
    match = re.fullmatch(r"python(\d+\.\d+)t?(\.exe)?", target.name)
    if match and match[1] != interpreter.minor:
        raise EnvironmentBroken(
            f"`{path}` was made for Python {interpreter.minor}, but its Python is now {match[1]} ({target})",
            hint=_REBUILD.format(name=path.name),
        )
