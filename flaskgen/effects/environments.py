"""Make virtual environments, and know their layout."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from flaskgen.effects.cache import cache_folder
from flaskgen.errors import EnvironmentBroken
from flaskgen.planning.interpreter import Interpreter


@dataclass(frozen=True)
class Environment:
    """A virtual environment at its place."""

    path: Path
    interpreter: Interpreter
    """The one it was made from."""

    @property
    def python(self) -> Path:
        return self.scripts / ("python.exe" if sys.platform == "win32" else "python")

    @property
    def scripts(self) -> Path:
        return self.path / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def site_packages(self) -> Path:
        if sys.platform == "win32":
            return self.path / "Lib" / "site-packages"
        return self.path / "lib" / f"python{self.interpreter.minor}" / "site-packages"


def create_environment(path: Path, interpreter: Interpreter, *, prompt: str) -> Environment:
    """Make an environment without packages at ``path``, where it has to stay: scripts hold its path.

    virtualenv's own variables and configuration file do not count. Raises EnvironmentBroken.
    """
    from virtualenv import session_via_cli

    arguments = [str(path), "--python", str(interpreter.path), "--prompt", prompt]
    arguments += ["--no-seed", "--no-vcs-ignore", "--no-periodic-update"]
    arguments += ["--app-data", str(cache_folder("virtualenv"))]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUALENV_")}
    try:
        session = session_via_cli(
            arguments, setup_logging=False, env=kept | {"VIRTUALENV_CONFIG_FILE": os.devnull}
        )
        session.run()
    except (RuntimeError, OSError, SystemExit) as error:
        raise EnvironmentBroken(
            f"virtualenv could not make an environment with {interpreter.path}: {error}",
            hint="choose another interpreter with --python",
        ) from error
    return Environment(path, interpreter)
