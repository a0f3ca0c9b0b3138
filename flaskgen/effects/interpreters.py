"""Find the Python interpreters of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flaskgen.effects.cache import cache_folder
from flaskgen.errors import InterpreterNotFound
from flaskgen.planning.interpreter import Interpreter

if TYPE_CHECKING:
    from python_discovery import PythonInfo


def find_interpreters() -> tuple[Interpreter, ...]:
    """Give every Python 3 on PATH, of pyenv, of uv and of the Windows registry, each once.

    What an interpreter says of itself is cached by its path and time; a cold search takes some 0.2 s each.
    """
    from python_discovery import DiskCache, iter_interpreters

    found = iter_interpreters(cache=DiskCache(cache_folder("interpreters")), env=_search_environment())
    interpreters = {interpreter.path: interpreter for interpreter in map(_interpreter, found)}
    return tuple(interpreters.values())


def inspect_interpreter(path: Path) -> Interpreter:
    """Give the interpreter at ``path``, or raise InterpreterNotFound where there is none that runs."""
    from python_discovery import DiskCache, get_interpreter

    absolute = path.expanduser().absolute()
    try:
        found = get_interpreter(
            str(absolute), cache=DiskCache(cache_folder("interpreters")), env=_search_environment()
        )
    except (RuntimeError, OSError) as error:
        raise InterpreterNotFound(
            f"`{path}` is not a Python that runs: {error}", hint="give the path of a python executable"
        ) from error
    if found is None:
        raise InterpreterNotFound(
            f"there is no Python at `{path}`", hint="give the path of a python executable"
        )
    return _interpreter(found)


def _interpreter(found: PythonInfo) -> Interpreter:
    path = Path(found.system_executable or found.executable)
    version = ".".join(str(number) for number in found.version_info[:3])
    return Interpreter(path=path, version=version, implementation=found.implementation)


def _search_environment() -> Mapping[str, str]:
    """Put pyenv's versions on PATH instead of its shims, which run only the version that is switched on."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if Path(folder) != root / "shims"
    ]
    return {**os.environ, "PATH": os.pathsep.join([*folders, *_pyenv_folders(root / "versions")])}


def _pyenv_folders(versions: Path) -> Iterator[str]:
    if versions.is_dir():
        for version in sorted(versions.iterdir()):
            if not version.name.startswith("2."):  # discovery cannot query Python 2, and asks it every time
                yield str(version / "bin")
