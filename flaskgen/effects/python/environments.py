"""Make virtual environments, and know their layout."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from flaskgen.effects.python.interpreters import interpreter_environment
from flaskgen.effects.system.cache import cache_folder
from flaskgen.effects.system.scratch import temporary_files_within
from flaskgen.errors import CannotWrite, EnvironmentBroken
from flaskgen.planning.flask.interpreter import Interpreter


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

    virtualenv's own variables and configuration file do not count. Raises EnvironmentBroken, or CannotWrite.
    """
    import logging

    from virtualenv import session_via_cli

    # What it has to say is in the errors it raises.
    logging.getLogger("virtualenv").addHandler(logging.NullHandler())
    arguments = [str(path), "--python", str(interpreter.path), "--prompt", prompt]
    arguments += ["--no-vcs-ignore", "--no-periodic-update", "--no-seed"]
    arguments += ["--app-data", str(cache_folder("virtualenv"))]
    try:
        with temporary_files_within():  # such as it probes the file system with
            session = session_via_cli(
                arguments,
                setup_logging=False,
                env=interpreter_environment() | {"VIRTUALENV_CONFIG_FILE": os.devnull},
            )
            session.run()
    except OSError as error:
        raise _cannot_write(path, error.strerror or str(error)) from error
    except (RuntimeError, SystemExit) as error:
        reason = (str(error).strip() or "it does not say why").splitlines()[-1]
        raise EnvironmentBroken(
            f"virtualenv could not make an environment with {interpreter.path}: {reason}",
            hint="choose another interpreter with --python",
        ) from error
    return Environment(path, interpreter)


def _cannot_write(path: Path, reason: str) -> CannotWrite:
    return CannotWrite(
        f"cannot make the environment in `{path}`: {reason}", hint="make room, or choose another place"
    )
