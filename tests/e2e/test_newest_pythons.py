"""The newest Pythons, which few machines have: tools/newer_pythons installs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.effects.python.interpreters import find_of_minor
from flaskgen.effects.system.session import Session
from tests.matrix.supported import serve

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("python", "flask"),
    [
        ("3.14", "2.3"),
        ("3.15", "3.1"),
        pytest.param("3.14", "3.1", marks=pytest.mark.slow),
        pytest.param("3.15", "2.3", marks=pytest.mark.slow),
    ],
)
def test_a_project_with_all_extensions_passes_its_tests_and_serves(
    python: str, flask: str, flaskgen: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    if find_of_minor(python, session=Session()) is None:
        pytest.skip(f"Python {python} is not on this machine: tools/newer_pythons installs it")
    options = ("--flask", flask, "--python", python, "--with", "all", "--test", "--no-git", "--yes", "--json")
    done = flaskgen("new", "shop", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one for one in json.loads(done.stdout)["warnings"] if "not tested" in one] == []
    serve(tmp_path / "shop")
