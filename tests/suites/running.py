"""Run the test suite of a distribution, from its sdist, with the versions of a lock."""

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
from flaskgen.planning.packages.pins import Pin, format_pins, names_of, normalized
from tests.suites.subjects import Subject

_UV = uv.find_uv_bin()  # not safe in threads
_OPTIONS = (
    *("-q", "-W", "ignore", "--continue-on-collection-errors"),
    *("--assert", "plain"),  # Flask before 1.0 finds no package through pytest's import hook
)
_IN_PACKAGE = (
    *("--pyargs", "--collect-in-virtualenv", "-o", "python_files=*.py", "--ignore-glob", "*/test_apps/*"),
    "flask.testsuite",
)
"""How the suite of Flask 0.10 is found, which is in the package."""


class SuiteRun(NamedTuple):
    """What came of one suite on one Python."""

    version: str
    """Of the distribution."""
    passed: int
    skipped: int
    failures: dict[str, str]
    """What was said of each test that failed, by its name: `test_cli.TestRoutes.test_sort`."""


def run_suite(subject: Subject, series: FlaskSeries, interpreter: Interpreter, folder: Path) -> SuiteRun:
    """Run the suite of a distribution, as the series' lock has it, in a new environment in ``folder``."""
    pins = _locked_pins(series, interpreter)
    version = next(pin.version for pin in pins if pin.name == normalized(subject.name))
    tools = subject.tools_for(series.name)
    replaced = names_of(tool for tool in tools if tool.specifier)
    kept = [pin for pin in pins if pin.name not in replaced]
    wanted = "\n".join((format_pins(kept), *map(str, tools)))
    executable = _create_environment(wanted, interpreter, folder)
    suite = folder / "suite"
    suite.mkdir()
    for path in _unpack_sdist(f"{subject.name}=={version}", folder).iterdir():
        if path.is_file():
            shutil.copy(path, suite)
        elif path.name in subject.tests:  # and not the package, which would be imported
            shutil.copytree(path, suite / path.name)
    (suite / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")  # before its own settings
    found = [name for name in subject.tests if (suite / name).exists()]
    # The suite of Flask 0.10 imports applications of its own, which `flask.testsuite.main` puts on the path.
    (packages,) = folder.glob("environment/lib/python*/site-packages")
    report = folder / "report.xml"
    done = subprocess.run(
        [executable, "-m", "pytest", *_OPTIONS, "--junit-xml", report, *(found or _IN_PACKAGE)],
        cwd=suite,
        env={
            "PATH": str(executable.parent),  # no servers, which suites would start on fixed ports
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(packages / "flask" / "testsuite" / "test_apps"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert report.exists(), done.stdout + done.stderr
    return read_report(report, version)


def _locked_pins(series: FlaskSeries, interpreter: Interpreter) -> tuple[Pin, ...]:
    release = FlaskRelease(series.tested, series).on_python(interpreter.minor)
    names = [name for name in release.series.extensions if release.series.lacks(name) is None]
    requirements = requirements_for(release, names, traits=release.series.conditions)
    return select_pins(load_lock(series), requirements, markers=marker_environment(interpreter)).all


def _create_environment(requirements: str, interpreter: Interpreter, folder: Path) -> Path:
    environment = folder / "environment"
    options = ("--no-config", "--no-python-downloads", "--quiet")
    subprocess.run([_UV, "venv", *options, "--python", interpreter.path, environment], check=True)
    executable = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = folder / "requirements.txt"
    wanted.write_text(requirements, encoding="utf-8")
    subprocess.run([_UV, "pip", "install", *options, "--python", executable, "-r", wanted], check=True)
    return executable


def _unpack_sdist(requirement: str, folder: Path) -> Path:
    name = requirement.partition("==")[0]
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
    subprocess.run([*download, "--dest", folder, requirement], check=True)
    (archive,) = folder.glob("*.tar.gz")
    (folder / "sdist").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder / "sdist"], check=True)
    (root,) = (folder / "sdist").iterdir()
    return root


def read_report(path: Path, version: str) -> SuiteRun:
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
                failures.setdefault(name, f"{problem.get('message')}\n{problem.text}")
    skipped = {name for name, problems in cases.items() if any(one.tag == "skipped" for one in problems)}
    skipped -= failures.keys()
    return SuiteRun(version, len(cases.keys() - failures.keys() - skipped), len(skipped), failures)
