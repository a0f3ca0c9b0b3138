"""Find the Python interpreters of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flaskgen.effects.python.interpreter_memory import InterpreterMemory
from flaskgen.effects.system.cache import cache_folder
from flaskgen.errors import InterpreterNotFound
from flaskgen.planning.flask.interpreter import Interpreter

if TYPE_CHECKING:
    from python_discovery import PythonInfo

_PATH_HINT = "give the path of a python executable, or a version such as 3.13"
_MISLEADING = ("PYTHON", "VIRTUALENV_", "VIRTUAL_ENV", "CONDA_", "__PYVENV_LAUNCHER__")


def find_interpreters() -> tuple[Interpreter, ...]:
    """Give every Python 3 on PATH, of pyenv, of uv and of the Windows registry, each once.

    What an interpreter says of itself is cached by its path and time; a cold search takes some 0.2 s each.
    """
    environment = _search_environment()
    memory = InterpreterMemory(environment)
    remembered = memory.recall()
    if remembered is not None:
        return remembered
    from python_discovery import DiskCache, iter_interpreters

    _silence_discovery()
    found = iter_interpreters(cache=DiskCache(cache_folder("interpreters")), env=environment)
    try:
        interpreters = {interpreter.path: interpreter for interpreter in map(_interpreter, found)}
    except (
        RuntimeError,
        OSError,
    ) as error:  # an interpreter that fails is left out; this is about all of them
        raise InterpreterNotFound(
            f"the interpreters cannot be asked: {error}", hint="mend that, or name one with --python"
        ) from error
    memory.remember(tuple(interpreters.values()))
    return tuple(interpreters.values())


def inspect_interpreter(path: Path) -> Interpreter:
    """Give the interpreter at ``path``, or raise InterpreterNotFound where there is none that runs."""
    from python_discovery import DiskCache, get_interpreter

    _silence_discovery()
    absolute = Path(os.path.expanduser(path)).absolute()
    if not os.path.exists(absolute):  # which takes what cannot be a path, too
        raise InterpreterNotFound(f"there is no Python at `{path}`", hint=_PATH_HINT)
    try:
        found = get_interpreter(
            str(absolute), cache=DiskCache(cache_folder("interpreters")), env=_search_environment()
        )
    except (RuntimeError, OSError):  # whose texts are of the inquiry, not of the interpreter
        found = None
    if found is None:
        raise InterpreterNotFound(f"`{path}` is not a Python that runs", hint=_PATH_HINT)
    return _interpreter(found)


def _silence_discovery() -> None:
    """Keep it from warning of a cache that cannot be written, which costs time and nothing else."""
    import logging

    logging.getLogger("python_discovery").addHandler(logging.NullHandler())


def _interpreter(found: PythonInfo) -> Interpreter:
    path = Path(found.system_executable or found.executable)
    version = ".".join(str(number) for number in found.version_info[:3])
    return Interpreter(path=path, version=version, implementation=found.implementation)


def interpreter_environment() -> dict[str, str]:
    """Give the surroundings without what would make another interpreter fail, or pass for another one.

    With PYTHONHOME, say, every interpreter but one dies, and would not be found.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}


def _search_environment() -> Mapping[str, str]:
    """Put pyenv's versions on PATH instead of its shims, which run only the version that is switched on."""
    # Not Path.home(), which raises for a user without a home.
    root = Path(os.environ.get("PYENV_ROOT") or Path(os.path.expanduser("~"), ".pyenv"))
    folders = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if Path(folder) != root / "shims"
    ]
    path = os.pathsep.join([*folders, *_pyenv_folders(root / "versions")])
    return {**interpreter_environment(), "PATH": path}


def _pyenv_folders(versions: Path) -> Iterator[str]:
    if versions.is_dir():
        for version in sorted(versions.iterdir()):
            if not version.name.startswith("2."):  # discovery cannot query Python 2, and asks it every time
                yield str(version / "bin")


def markers_of(interpreter: Interpreter) -> dict[str, str]:
    """Return the values of environment markers for an interpreter of this machine."""
    from packaging.markers import default_environment

    return interpreter.markers({name: str(value) for name, value in default_environment().items()})
