from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import uv
from packaging.markers import default_environment

from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease, choose_release
from flaskgen.planning.packages.direct_requirements import DirectRequirements, requirements_for
from flaskgen.planning.packages.lock import select_pins
from flaskgen.planning.packages.pins import format_pins

pytestmark = pytest.mark.e2e

ALL_SERIES = load_series()
EXERCISED = Path(__file__).with_name("exercised")


def pythons_of(series: FlaskSeries) -> list[str]:
    """Return the minor versions that the data calls tested."""
    first, last = (
        int(bound.version.split(".")[1]) for bound in (series.pythons.minimum, series.pythons.maximum)
    )
    return [f"3.{minor}" for minor in range(first, last + 1)]


ROWS = [
    pytest.param(series, python, id=f"{series.name}-{python}")
    for series in ALL_SERIES
    for python in pythons_of(series)
]
RELEASES = [
    pytest.param(release, python, id=f"{release}-{python}")
    for series in ALL_SERIES
    for release in series.releases
    if release not in series.broken
    for python in (pythons_of(series.for_release(release))[0], pythons_of(series.for_release(release))[-1])
]


def extensions_of(release: FlaskRelease) -> list[str]:
    return [name for name in release.series.extensions if release.series.lacks(name) is None]


def everything_for(release: FlaskRelease) -> DirectRequirements:
    return requirements_for(release, extensions_of(release), traits=release.series.conditions)


def roots_of(requirements: DirectRequirements) -> str:
    return "\n".join(
        (*requirements.runtime, *requirements.dev, *requirements.environment, *requirements.constraints)
    )


def uv_run(arguments: Sequence[str | Path], text: str = "") -> str:
    command = [uv.find_uv_bin(), *map(str, arguments), "--no-config", "--no-python-downloads"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def interpreter_of(python: str) -> str:
    """Find a Python by its minor version beside the running one or on the PATH, or skip the test."""
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{python}.*/bin/python"))
    named = shutil.which(f"python{python}")
    for candidate in (*map(str, beside), named):
        if candidate and _version(candidate) == python:
            return candidate
    pytest.skip(f"Python {python} is not on this machine")


def _version(interpreter: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    asked = subprocess.run(
        [interpreter, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    return asked.stdout.strip()


def exercise(
    requirements: str, python: str, folder: Path, *, release: FlaskRelease, flags: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Install ``requirements`` in a fresh environment, run the exercises there, and list what it holds."""
    environment = folder / "environment"
    uv_run(["venv", "--python", interpreter_of(python), environment])
    executable = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ["--require-hashes"] if "--hash" in requirements else []
    uv_run(["pip", "install", "--python", executable, "-r", "-", *options], requirements)
    models = "classic_models" if "legacy-orm" in release.series.traits else "typed_models"
    shutil.copytree(EXERCISED, folder / "exercised")
    shutil.copy(EXERCISED / f"{models}.py", folder / "exercised" / "models.py")
    pytest_command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".")
    for arguments in (
        ["-m", "pip", "check"],
        [*flags, *pytest_command, "exercises.py"],
        [*flags, *pytest_command, "more_exercises.py"],
    ):
        done = subprocess.run(
            [executable, *arguments],
            cwd=folder / "exercised",
            env={**os.environ, "EXERCISED": ",".join((*extensions_of(release), *release.series.traits))},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    listed: list[dict[str, str]] = json.loads(
        uv_run(["pip", "list", "--format", "json", "--python", executable])
    )
    return listed


def assert_lock_works(series: FlaskSeries, python: str, folder: Path) -> None:
    host = {name: str(value) for name, value in default_environment().items()}
    markers = Interpreter(Path(sys.executable), f"{python}.0").markers(host)
    release = choose_release(series.tested, ALL_SERIES).on_python(python)
    pins = select_pins(load_lock(series), everything_for(release), markers=markers).all
    flags = [] if "deprecated-calls" in series.traits else ["-W", "error"]
    installed = exercise(format_pins(pins, hashes=True), python, folder, release=release, flags=flags)
    assert {(one["name"].lower().replace("_", "-"), one["version"]) for one in installed} == {
        (pin.name, pin.version) for pin in pins
    }


@pytest.mark.slow
@pytest.mark.parametrize(("series", "python"), ROWS)
def test_the_locked_versions_work_together_on_every_python(
    series: FlaskSeries, python: str, tmp_path: Path
) -> None:
    assert_lock_works(series, python, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("series", "python"), ROWS)
def test_the_lowest_versions_allowed_work_together(series: FlaskSeries, python: str, tmp_path: Path) -> None:
    release = choose_release(series.tested, ALL_SERIES).on_python(python)
    options = ("--resolution", "lowest-direct", "--python", interpreter_of(python))
    lowest = uv_run(["pip", "compile", "-", *options], roots_of(everything_for(release)))
    exercise(lowest, python, tmp_path, release=release)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "python"), RELEASES)
def test_every_release_works_with_the_newest_versions_allowed(
    version: str, python: str, tmp_path: Path
) -> None:
    release = choose_release(version, ALL_SERIES).on_python(python)
    exercise(roots_of(everything_for(release)), python, tmp_path, release=release)
