"""Run the test suite of a Flask release, from its sdist, with the versions of our lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import uv

from flaskgen.effects.python.environments import marker_environment
from flaskgen.effects.shipped.compatibility_data import load_lock
from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.flask.releases import FlaskRelease
from flaskgen.planning.packages.direct_requirements import requirements_for
from flaskgen.planning.packages.lock import select_pins
from flaskgen.planning.packages.pins import format_pins

_UV = uv.find_uv_bin()  # not safe in threads
# pytest 9 has no longer what suites before 2.2 import from it, and pytest 7 not what 1.0 and 1.1 call.
_PYTEST = {"1.0": "pytest==6.2.5", "1.1": "pytest==6.2.5"}
# asgiref runs the tests of coroutines; `pkg_resources` of older setuptools is in fixtures, and in pytest 6.
_TOOLS = ("asgiref==3.8.1", "blinker", "setuptools<81")
_OPTIONS = (
    *("-q", "-W", "ignore", "-p", "no:cacheprovider", "--continue-on-collection-errors"),
    *("--assert", "plain"),  # Flask before 1.0 finds no package through pytest's import hook
)
_IN_PACKAGE = (
    *("--pyargs", "--collect-in-virtualenv", "-o", "python_files=*.py", "--ignore-glob", "*/test_apps/*"),
)
"""How the suite of 0.10 is found, which is in the package."""


class SuiteRun(NamedTuple):
    """What came of one suite on one Python."""

    passed: int
    failures: dict[str, str]
    """What was said of each test that failed, by its name: `test_cli.TestRoutes.test_sort`."""


def run_suite(series: FlaskSeries, interpreter: Interpreter, folder: Path) -> SuiteRun:
    """Run the suite of a series' tested release in a new environment in ``folder``."""
    python = _create_environment(series, interpreter, folder)
    root = _unpack_sdist(series, folder)
    report = folder / "report.xml"
    # The suite of 0.10 imports applications of its own, which `flask.testsuite.main` puts on the path.
    (packages,) = folder.glob("environment/lib/python*/site-packages")
    applications = packages / "flask" / "testsuite" / "test_apps"
    tests = ["tests"] if (root / "tests").is_dir() else [*_IN_PACKAGE, "flask.testsuite"]
    done = subprocess.run(
        [python, "-m", "pytest", *_OPTIONS, "--junit-xml", report, *tests],
        cwd=root,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(applications),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert report.exists(), done.stdout + done.stderr
    return read_report(report)


def _create_environment(series: FlaskSeries, interpreter: Interpreter, folder: Path) -> Path:
    requirements = requirements_for(FlaskRelease(series.tested, series), ())
    pins = select_pins(load_lock(series), requirements, markers=marker_environment(interpreter)).all
    wanted = folder / "requirements.txt"
    tools = (_PYTEST.get(series.name, "pytest==8.3.5"), *_TOOLS)
    without_pytest = [pin for pin in pins if pin.name not in ("pytest", "pluggy")]
    wanted.write_text("\n".join((format_pins(without_pytest, hashes=False), *tools)), encoding="utf-8")
    environment = folder / "environment"
    options = ("--no-config", "--no-python-downloads", "--quiet")
    subprocess.run([_UV, "venv", *options, "--python", interpreter.path, environment], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([_UV, "pip", "install", *options, "--python", python, "-r", wanted], check=True)
    return python


def _unpack_sdist(series: FlaskSeries, folder: Path) -> Path:
    """Return the directory of the sdist, without its package, which would be imported."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*download, "--dest", folder, f"Flask=={series.tested}"], check=True)
    (archive,) = folder.glob("*.tar.gz")
    (folder / "sdist").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder / "sdist"], check=True)
    (root,) = (folder / "sdist").iterdir()
    shutil.rmtree(root / "src" if (root / "src").is_dir() else root / "flask")
    (root / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")  # before its own settings
    return root


def read_report(path: Path) -> SuiteRun:
    """Read what pytest wrote about a run."""
    cases: dict[str, list[ElementTree.Element]] = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}".strip(".")
        for prefix in ("tests.", "flask.testsuite."):
            name = name.rpartition(prefix)[2]
        cases.setdefault(name, []).extend(case)
    failures: dict[str, str] = {}
    for name, problems in cases.items():
        for problem in problems:
            if problem.tag in ("failure", "error"):  # of both, the test and not its fixtures
                failures.setdefault(name, (problem.get("message") or "").partition("\n")[0])
    skipped = {name for name, problems in cases.items() if any(one.tag == "skipped" for one in problems)}
    return SuiteRun(len(cases.keys() - failures.keys() - skipped), failures)
