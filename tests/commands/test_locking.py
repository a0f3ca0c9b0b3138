"""uv.lock has the versions that are installed."""

from __future__ import annotations

import os
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flaskgen import commands
from flaskgen.commands.existing_environment import freeze_environment
from flaskgen.commands.freezing import FROZEN_OF
from flaskgen.effects.packages.settings import configured_sources
from flaskgen.effects.packages.uv import Uv
from flaskgen.effects.python.environments import read_environment
from flaskgen.effects.system.session import Completed, Reporter, Session
from flaskgen.effects.transaction.files import read_files
from tests.effects.tiny_packages import build_wheel, make_project, pyproject, site_packages_of


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project of uv's, with an older click than the index has."""
    wheels = tmp_path / "wheels"
    flask = build_wheel(wheels, "Flask", "3.1.3", requires=["click", "colorama; sys_platform == 'nowhere'"])
    click, pytest_ = build_wheel(wheels, "click", "8.2"), build_wheel(wheels, "pytest", "9")
    for name, version in (("click", "9.0"), ("colorama", "1.0"), ("waitress", "3.0")):
        build_wheel(wheels, name, version)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    made = make_project(tmp_path / "shop", flask, click, pytest_)
    (made / "pyproject.toml").write_text(pyproject("Flask>=3", dev=["pytest"], name="shop"))
    return made


def freeze(project: Path, *, check: bool = False) -> tuple[list[str], list[str]]:
    """Freeze, and return the names of the files that change, and the warnings."""
    reporter = Reporter()
    outcome = commands.freeze(project, check=check, session=Session(reporter))
    return [str(file.path) for file in outcome.changed], reporter.warnings


def versions(project: Path) -> dict[str, str]:
    lock = tomllib.loads((project / "uv.lock").read_text())
    return {package["name"]: package["version"] for package in lock["package"]}


def test_it_has_the_installed_versions_and_what_other_platforms_need(project: Path) -> None:
    assert freeze(project) == (["requirements.txt", "requirements-dev.txt", "uv.lock"], [])
    assert versions(project) == {
        **{"shop": "0.1.0", "flask": "3.1.3", "click": "8.2", "pytest": "9", "colorama": "1.0"}
    }
    assert freeze(project, check=True) == ([], [])


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_that_is_right_is_not_written(project: Path, newline: str) -> None:
    freeze(project)
    lock = project / "uv.lock"
    lock.write_bytes(lock.read_bytes().replace(b"\n", newline.encode()))
    before = lock.stat().st_mtime_ns
    assert freeze(project) == ([], [])
    assert lock.stat().st_mtime_ns == before


@pytest.mark.parametrize("drift", ["deleted", "of other versions", "of other requirements"])
def test_drift_is_found_and_mended(project: Path, drift: str) -> None:
    freeze(project)
    lock = project / "uv.lock"
    right = lock.read_text()
    match drift:
        case "deleted":
            lock.unlink()
        case "of other versions":
            lock.write_text(right.replace('version = "8.2"', 'version = "9.0"'))
        case _:
            lock.write_text(right.replace('specifier = ">=3"', 'specifier = ">=2"'))
    assert freeze(project, check=True)[0] == ["uv.lock"]
    assert freeze(project)[0] == ["uv.lock"]
    assert lock.read_text() == right


def test_a_change_makes_no_files_for_tools_that_the_user_does_not_use(project: Path) -> None:
    freeze(project)
    for name in ("requirements-dev.txt", "uv.lock"):
        (project / name).unlink()
    environment, uv = read_environment(project / ".venv"), Uv(Session(Reporter()), configured_sources())
    assert freeze_environment(environment, read_files(project, FROZEN_OF), uv=uv) == {}
    assert freeze(project)[0] == ["requirements-dev.txt", "uv.lock"]


def test_what_the_cache_has_is_not_taken_if_it_lacks_an_installed_version(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(project)
    right, lock_for_real = (project / "uv.lock").read_text(), Uv._lock

    def lock(uv: Uv, *arguments: Any, **options: Any) -> tuple[Completed, str | None]:
        if uv.sources.offline:
            return Completed(0, "", ""), right.replace('version = "8.2"', 'version = "9.0"')
        return lock_for_real(uv, *arguments, **options)

    (project / "uv.lock").unlink()
    monkeypatch.setattr(Uv, "_lock", lock)
    assert freeze(project) == (["uv.lock"], [])
    assert (project / "uv.lock").read_text() == right


def test_index_is_not_asked_if_the_cache_has_everything_of_all_sources(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, lock_for_real = [], Uv._lock

    def lock(uv: Uv, *arguments: Any, **options: Any) -> tuple[Completed, str | None]:
        asked.append((uv.sources.find_links != (), uv.sources.offline))
        return lock_for_real(uv, *arguments, **options)

    monkeypatch.setattr(Uv, "_lock", lock)
    freeze(project)
    assert asked == [(False, True), (True, True)]


def test_what_is_required_only_elsewhere_keeps_its_version(project: Path) -> None:
    freeze(project)
    build_wheel(Path(os.environ["PIP_FIND_LINKS"]), "colorama", "2.0")
    build_wheel(Path(os.environ["PIP_FIND_LINKS"]), "idle", "1.0")
    text = pyproject("Flask>=3", "idle; sys_platform == 'nowhere'", dev=["pytest"], name="shop")
    (project / "pyproject.toml").write_text(text)
    assert "uv.lock" in freeze(project)[0]
    assert versions(project)["colorama"] == "1.0"
    assert versions(project)["idle"] == "1.0"


def test_a_project_that_uv_cannot_lock_is_frozen_for_pip_with_a_warning(project: Path) -> None:
    text = pyproject("Flask>=3", "nowhere; sys_platform == 'nowhere'", dev=["pytest"], name="shop")
    (project / "pyproject.toml").write_text(text)
    changed, warnings = freeze(project)
    assert "requirements.txt" in changed
    assert not (project / "uv.lock").exists()
    assert any(warning.startswith("uv.lock was not written: ") for warning in warnings)


def test_the_project_itself_is_not_frozen(project: Path) -> None:
    wheel = build_wheel(project.parent, "shop", "0.1.0", requires=["Flask", "gone"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages_of(project / ".venv"))
    assert freeze(project)[1] == []
    assert "shop" not in (project / "requirements.txt").read_text()
