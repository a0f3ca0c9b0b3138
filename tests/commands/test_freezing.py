"""The hashes that `flaskgen freeze` looks for."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from flaskgen.commands.freezing import Freezing
from flaskgen.effects.python.environments import Environment
from flaskgen.effects.system.session import Session
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.freeze import Frozen, Hashes
from flaskgen.planning.packages.pins import Pin
from tests.effects.tiny_packages import VERSION, build_wheel

HERE = Interpreter(Path(sys.executable), VERSION)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all the index there is."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


def find_hashes(frozen: Frozen, interpreter: Interpreter) -> Hashes:
    """Return what is found beyond flaskgen's own lock."""
    environment = Environment(Path("env"), interpreter, (), system_site_packages=False, settings={})
    freezing = Freezing(environment, {}, generated=False, session=Session())
    names = {pin.name for pin in (*frozen.runtime, *frozen.dev)}
    return {key: found for key, found in freezing._find_hashes(frozen).items() if key[0] in names}


def digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_the_index_is_asked_for_what_is_wanting_beside_what_is_installed(wheels: Path) -> None:
    wheel = build_wheel(wheels, "shop", "1.0", requires=["thing"])
    build_wheel(wheels, "shop", "2.0")
    old, _ = build_wheel(wheels, "thing", "1"), build_wheel(wheels, "thing", "2")
    frozen = Frozen(
        runtime=(Pin("local", "1", reference="local @ file:///x"), Pin("shop", "1.0")),
        dev=(Pin("thing", "1", hashes=("sha256:known",)),),
    )
    found = find_hashes(frozen, HERE)
    assert found == {("shop", "1.0"): (digest(wheel),), ("thing", "1"): (digest(old),)}


def test_a_version_that_the_index_does_not_have_is_an_error_that_names_it(wheels: Path) -> None:
    build_wheel(wheels, "shop", "2.0")
    frozen = Frozen((Pin("shop", "1.0"),), ())
    with pytest.raises(ResolutionFailed, match=r"shop.*1\.0"):
        find_hashes(frozen, HERE)


def test_the_environments_python_is_not_run(wheels: Path, tmp_path: Path) -> None:
    wheel = build_wheel(wheels, "shop", "1.0")
    evil = tmp_path / "python"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    evil.chmod(0o755)
    frozen = Frozen((Pin("shop", "1.0"),), ())
    found = find_hashes(frozen, Interpreter(evil, VERSION))
    assert found == {("shop", "1.0"): (digest(wheel),)}
    assert not (tmp_path / "ran").exists()
