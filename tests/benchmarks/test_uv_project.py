"""uv, with an index that has newer releases than flaskgen pins."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pins import Pins
from sandbox import PROJECT, Sandbox
from uv_project import UvProject, Versions

from tests.effects.tiny_packages import build_wheel


class SandboxWithUv(Sandbox):
    """One for which flaskgen need not be installed."""

    @property
    def uv(self) -> Path:
        found = shutil.which("uv", path=str(Path(sys.executable).parent))
        assert found is not None
        return Path(found)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    wheels = tmp_path / "wheels"
    for version in ("1.0", "2.0"):
        build_wheel(wheels, "storefront", version, requires=["engine"])
        build_wheel(wheels, "engine", version)
        build_wheel(wheels, "pytest", version, requires=["runner; sys_platform == 'nowhere'"])
        build_wheel(wheels, "runner", version)
    settings = tmp_path / "uv.toml"
    settings.write_text(f'no-index = true\nfind-links = ["{wheels.as_posix()}"]\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    return SandboxWithUv(tmp_path)


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    pins = Pins(
        runtime=("engine==1.0", "storefront==1.0"),
        dev=("pytest==1.0",),
        direct=("storefront==1.0",),
        direct_dev=("pytest==1.0",),
        lock=("engine==1.0", "pytest==1.0", "runner==1.0", "storefront==1.0"),
    )
    project = tmp_path / "first" / PROJECT
    project.mkdir(parents=True)
    return Versions(project, pins, Path(sys.executable))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


@pytest.mark.parametrize("exact", [False, True], ids=["direct", "every package"])
def test_newer_releases_on_the_index_change_nothing(
    sandbox: Sandbox, versions: Versions, directory: Path, exact: bool
) -> None:
    uv_project = UvProject(sandbox, versions, exact=exact)
    uv_project.make(directory)
    uv_project.require_same_versions(directory)
    lock = (directory / PROJECT / "uv.lock").read_text()
    assert lock.count('version = "1.0"') == 4
    assert 'version = "2.0"' not in lock


def test_the_run_stops_if_uv_locks_another_version(
    sandbox: Sandbox, versions: Versions, directory: Path
) -> None:
    uv_project = UvProject(sandbox, replace(versions, pins=replace(versions.pins, lock=())))
    uv_project.make(directory)
    with pytest.raises(SystemExit, match=r"engine: flaskgen has 1\.0, uv has 2\.0"):
        uv_project.require_same_versions(directory)


def test_a_new_home_starts_with_an_empty_cache(sandbox: Sandbox, versions: Versions, directory: Path) -> None:
    home = directory / "home"
    home.mkdir()
    UvProject(sandbox, versions).make(directory, home=home)
    assert any((home / ".cache").rglob("*"))
    assert not (sandbox.home / ".cache").exists()
