"""Environments with the locked packages of every extension, to run generated projects in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import uv
from packaging.markers import default_environment

from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.direct_requirements import requirements_for
from flaskgen.planning.packages.lock import select_pins
from flaskgen.planning.packages.pins import format_pins
from tests.project_templates.series import RUNNING, interpreter_of, release_of
from tests.project_templates.subsets import SHIPPED, known_to


def make_environment(folder: Path, series: FlaskSeries, python: str, *, cache: Path) -> Path:
    """Make an environment below ``folder``, and return its interpreter."""
    host = {name: str(value) for name, value in default_environment().items()}
    interpreter = interpreter_of(python)
    release = SHIPPED.on(release_of(series))
    requirements = requirements_for(release, known_to(series, python), traits=series.conditions)
    markers = host if python == RUNNING else Interpreter(interpreter, f"{python}.0").markers(host)
    pins = select_pins(load_lock(series), requirements, markers=markers)
    listed = folder / "requirements.txt"
    listed.write_text(format_pins(pins.all, hashes=True))
    options = ["--no-config", "--no-python-downloads", "--cache-dir", str(cache / "uv"), "-q"]
    uv_command = [uv.find_uv_bin(), *options]
    subprocess.run([*uv_command, "venv", "--python", interpreter, folder / "venv"], check=True)
    executable = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    # Compiled once here: the runs leave no bytecode behind.
    install = ["pip", "install", "--compile-bytecode", "--require-hashes", "--python", str(executable)]
    subprocess.run([*uv_command, *install, "-r", listed], check=True)
    return executable
