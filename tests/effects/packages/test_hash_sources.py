from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from flaskgen.effects.packages.hash_sources import indexed_hashes, locked_hashes
from flaskgen.effects.shipped.compatibility_data import load_lock, load_series
from flaskgen.effects.system.session import Session
from flaskgen.errors import ResolutionFailed
from flaskgen.planning.flask.interpreter import Interpreter
from flaskgen.planning.packages.freeze import Frozen
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


def digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_the_lock_has_hashes_of_flask() -> None:
    versions = {version: hashes for (name, version), hashes in locked_hashes().items() if name == "flask"}
    assert versions
    assert all(one.startswith("sha256:") for hashes in versions.values() for one in hashes)


def test_a_version_in_several_locks_has_the_hashes_of_all_or_of_the_own_line() -> None:
    name, version = "markupsafe", "3.0.4"  # on Python 3.9 in the lock of 3.0, which has older ones too
    per_line = {
        series.tested: package.hashes
        for series in load_series()
        for package in load_lock(series).packages.get(name, ())
        if package.version == version
    }
    everything = {one for hashes in per_line.values() for one in hashes}
    assert len({frozenset(hashes) for hashes in per_line.values()}) > 1
    assert set(locked_hashes()[name, version]) == everything
    for tested, hashes in per_line.items():
        assert locked_hashes(tested)[name, version] == hashes


def test_the_index_is_asked_for_what_is_wanting_beside_what_is_installed(wheels: Path) -> None:
    wheel = build_wheel(wheels, "shop", "1.0", requires=["thing"])
    build_wheel(wheels, "shop", "2.0")
    old, _ = build_wheel(wheels, "thing", "1"), build_wheel(wheels, "thing", "2")
    frozen = Frozen(
        runtime=(Pin("local", "1", reference="local @ file:///x"), Pin("shop", "1.0")),
        dev=(Pin("thing", "1", hashes=("sha256:known",)),),
    )
    found = indexed_hashes(frozen, interpreter=HERE, session=Session())
    assert found == {("shop", "1.0"): (digest(wheel),), ("thing", "1"): (digest(old),)}


def test_a_version_that_the_index_does_not_have_is_an_error_that_names_it(wheels: Path) -> None:
    build_wheel(wheels, "shop", "2.0")
    frozen = Frozen((Pin("shop", "1.0"),), ())
    with pytest.raises(ResolutionFailed, match=r"shop.*1\.0"):
        indexed_hashes(frozen, interpreter=HERE, session=Session())


def test_the_environments_python_is_not_run(wheels: Path, tmp_path: Path) -> None:
    wheel = build_wheel(wheels, "shop", "1.0")
    evil = tmp_path / "python"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    evil.chmod(0o755)
    frozen = Frozen((Pin("shop", "1.0"),), ())
    found = indexed_hashes(frozen, interpreter=Interpreter(evil, VERSION), session=Session())
    assert found == {("shop", "1.0"): (digest(wheel),)}
    assert not (tmp_path / "ran").exists()
