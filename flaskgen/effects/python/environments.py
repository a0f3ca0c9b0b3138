"""Virtual environments: make one with uv, or read from its files what one is. Nothing of it is run."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flaskgen.effects.system.environment import child_environment, errors_of_uv, fault_of_uv, uv_program
from flaskgen.effects.system.session import Completed, Session
from flaskgen.effects.system.user_directories import uvs_cache_is_closed
from flaskgen.errors import PYTHON, CannotWrite, EnvironmentBroken, Fix, FlaskgenError
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.project.names import RECORD_PATH
from flaskgen.reporting import how_it_ended, quote

if TYPE_CHECKING:
    from flaskgen.planning.packages.direct_requirements import ProjectRoots

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_CREATED_AT = re.compile(r"""^\s*VIRTUAL_ENV=(['"]?)((?:/|[A-Za-z]:)[^'"$\n]+)\1$""", re.MULTILINE)


def _broken(path: Path, message: str, *, again: str = "again", clear: str = "") -> EnvironmentBroken:
    hint = f"create it {again}: `python -m venv {clear}{path.name}`, then install {_requirements_of(path)}"
    return EnvironmentBroken(message, hint=hint, fix=_rebuilt(path))


def _rebuilt(path: Path) -> Fix | None:
    """Return how the project's environment is created again; None if flaskgen runs on another Python."""
    try:
        record = (path.parent / RECORD_PATH).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if f'python = "{sys.version_info.major}.{sys.version_info.minor}"' not in record.splitlines():
        return None
    python = path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = f"{quote(str(python))} -m pip install --quiet -r {_requirements_of(path)}"
    return Fix(first=f"{PYTHON} -m venv --clear {quote(str(path))} && {pip}")


def _requirements_of(path: Path) -> str:
    """Name the file from which an environment is installed again; without test tools, there is one alone."""
    names = ("requirements-dev.txt", "requirements.txt")
    return next((name for name in names if (path.parent / name).exists()), names[0])


class Environment(NamedTuple):
    """A virtual environment as its files describe it."""

    path: Path
    interpreter: Interpreter
    """The environment's own, by its path there."""
    site_packages: tuple[Path, ...]
    """Where distributions are installed; more than one where lib64 is a directory of its own."""
    system_site_packages: bool
    settings: Mapping[str, str]
    """What pyvenv.cfg says, by lower-case key."""

    @property
    def python(self) -> Path:
        return self.interpreter.path


def create_environment(path: Path, interpreter: Interpreter, *, prompt: str, session: Session) -> Environment:
    """Make an environment without packages at ``path``, where it has to stay: scripts hold its path.

    What is in the directory already stays. Raises EnvironmentBroken, or CannotWrite.
    """
    options = ["--allow-existing", "--no-project", "--no-config", "--offline", "--quiet", "--color", "never"]
    completed = session.run(
        [uv_program(), "venv", *options, "--python", interpreter.path, "--prompt", prompt, path],
        environment=child_environment({"UV_NO_CACHE": "1"} if uvs_cache_is_closed() else {}),
        check=False,
    )
    if completed.returncode != 0:
        raise _not_created(path, interpreter, completed)
    # flaskgen installs pip; `uv sync` removes it unless the file says that it belongs to the environment.
    with (path / "pyvenv.cfg").open("a", encoding="utf-8") as settings:
        settings.write("seed = true\n")
    return read_environment(path)


def copy_environment(environment: Environment, place: Path) -> Environment:
    """Copy an environment. The copy shares its files if the disk allows that, all but its scripts.

    Both are safe from each other: what installs packages or compiles modules replaces files as a whole.
    """
    shutil.copytree(environment.path, place, symlinks=True, copy_function=_share)
    for script in (script for name in ("bin", "Scripts") for script in (place / name).glob("*")):
        if script.is_file() and not script.is_symlink():
            content, old = script.read_bytes(), os.fsencode(environment.path)
            if content.startswith(b"#!") and old in content:
                mode = script.stat().st_mode
                script.unlink()
                script.write_bytes(content.replace(old, os.fsencode(place)))
                script.chmod(mode)
    return read_environment(place)


def _share(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target)


def _not_created(path: Path, interpreter: Interpreter, completed: Completed) -> FlaskgenError:
    reason = ": ".join(errors_of_uv(completed.stderr)) or f"it {how_it_ended(completed.returncode)}"
    if "failed to symlink" in reason:
        return CannotWrite(
            f"cannot create the environment in `{path}`: its file system has no symbolic links",
            hint="choose a directory on another; `flaskgen new --workon` keeps the environment in your home",
        )
    full = re.fullmatch(r"Failed to create virtual environment: (?:.*: )?(.+) \(os error \d+\)", reason)
    if full:
        return CannotWrite(
            f"cannot create the environment in `{path}`: {full[1]}",
            hint="free some space, or choose another directory",
        )
    if fault := fault_of_uv(completed.stderr):
        return CannotWrite(fault[0], hint=fault[1])
    return EnvironmentBroken(
        f"uv could not create an environment with {interpreter.path}: {reason}",
        hint="choose another interpreter with --python" if "interpreter" in reason else "-v shows its output",
    )


def read_environment(path: Path) -> Environment:
    """Describe the environment at ``path``.

    Raises EnvironmentBroken if it is missing, has lost its interpreter, or is no virtual environment.
    """
    if not path.is_dir():
        raise _broken(path, _absent(path))
    try:
        settings = read_settings(path)
    except OSError as error:
        why = f"its pyvenv.cfg cannot be read ({error.strerror})"
        raise _broken(path, f"`{path}` is not a virtual environment: {why}") from error
    # virtualenv writes version_info = 3.13.0.final.0, venv version = 3.13.0, uv version_info = 3.13.0
    versions = (_VERSION.match(settings.get(key, "")) for key in ("version_info", "version"))
    version = next(filter(None, versions), None)
    if version is None:
        cfg = path / "pyvenv.cfg"
        raise _broken(path, f"`{cfg}` does not say which Python version the environment is for")
    interpreter = Interpreter(_find_python(path), version[0], settings.get("implementation") or "CPython")
    site_packages = _find_site_packages(path, interpreter)
    _require_same_version(path, interpreter)
    return Environment(
        path=path,
        interpreter=interpreter,
        site_packages=site_packages,
        system_site_packages=settings.get("include-system-site-packages", "").lower() == "true",
        settings=settings,
    )


def require_in_place(environment: Environment) -> None:
    """Raise EnvironmentBroken for one that was moved or copied: its scripts lead to where it was created."""
    path = environment.path
    for activate in (path / "bin" / "activate", path / "Scripts" / "activate"):
        text = activate.read_text(encoding="utf-8", errors="replace") if activate.is_file() else ""
        created = _CREATED_AT.search(text)
        if created and Path(created[2]).resolve() != path.resolve():
            whence = f"`{path}` was moved or copied from `{created[2]}`"
            raise _broken(
                path, f"{whence}, and its commands, such as `flask`, belong there", clear="--clear "
            )


def require_allowed(environment: Environment, roots: ProjectRoots) -> None:
    """Raise EnvironmentBroken for an environment of a Python that the project is not for."""
    version, path = environment.interpreter.version, environment.path
    if not roots.allow_python(version):
        what = f"`{path}` has Python {version}, and pyproject.toml requires {roots.python}"
        raise _broken(path, what, again="again with such a Python", clear="--clear ")


def _absent(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return f"the virtual environment `{path}` is a link to {os.readlink(path)}, which does not exist"
    if path.exists():
        return f"`{path}` is a file, not the directory of a virtual environment"
    return f"there is no virtual environment at `{path}`"


def read_settings(path: Path) -> dict[str, str]:
    """Return what the environment's pyvenv.cfg says, by lower-case key. Raises OSError."""
    text = (path / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def _find_python(path: Path) -> Path:
    candidates = [path / "bin" / "python", path / "bin" / "python3", path / "Scripts" / "python.exe"]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    for candidate in candidates:
        if candidate.is_symlink():
            gone = os.readlink(candidate)
            raise _broken(path, f"the Python of `{path}` is missing: its link leads to {gone}")
    raise _broken(path, f"`{path}` contains no Python")


def _find_site_packages(path: Path, interpreter: Interpreter) -> tuple[Path, ...]:
    minor = interpreter.minor
    names = (f"python{minor}", f"python{minor}t", f"pypy{minor}")
    candidates = [path / lib / name / "site-packages" for name in names for lib in ("lib", "lib64")]
    candidates += [path / "Lib" / "site-packages", path / "site-packages"]
    found = {folder.resolve(): folder for folder in reversed(candidates) if folder.is_dir()}
    if not found:
        others = ", ".join(sorted(folder.parent.name for folder in path.glob("lib/*/site-packages")))
        but = f", but one for {others}" if others else ""
        raise _broken(path, f"`{path}` has no site-packages for Python {minor}{but}")
    return tuple(sorted(found.values(), key=candidates.index))


def _require_same_version(path: Path, interpreter: Interpreter) -> None:
    """Find an interpreter that was upgraded in place: its own name tells, without running it."""
    target = interpreter.path.resolve()
    match = re.fullmatch(r"python(\d+\.\d+)t?(\.exe)?", target.name)
    if match and match[1] != interpreter.minor:
        raise _broken(
            path, f"`{path}` was created for Python {interpreter.minor}, but has {match[1]} now ({target})"
        )


def markers_of_minor(minor: str, interpreter: Interpreter | None = None) -> dict[str, str]:
    """Return the markers of an interpreter of a minor version; one that is not here is imagined."""
    return marker_environment(interpreter or Interpreter(Path(), f"{minor}.0"))


def marker_environment(interpreter: Interpreter) -> dict[str, str]:
    """Return what environment markers are evaluated with for an interpreter of this machine."""
    from packaging.markers import default_environment

    return interpreter.markers({name: str(value) for name, value in default_environment().items()})
