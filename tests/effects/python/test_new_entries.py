"""Clearing away what an installation that was cut off left."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from flaskgen.effects.project.environment_lookup import FoundEnvironment, read_environment
from flaskgen.effects.python.new_entries import list_entries, remove_new_entries
from tests.effects.tiny_packages import build_wheel, make_environment


@pytest.fixture
def environment(tmp_path: Path) -> FoundEnvironment:
    make_environment(tmp_path / "env", build_wheel(tmp_path, "Flask", "3.1"))
    return read_environment(tmp_path / "env")


def site(environment: FoundEnvironment) -> Path:
    return environment.site_packages[0]


def install(environment: FoundEnvironment, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path, name, "1.0")) as wheel:
        wheel.extractall(site(environment))


def test_a_whole_package_goes_and_the_others_stay(environment: FoundEnvironment, tmp_path: Path) -> None:
    before = list_entries(environment)
    install(environment, tmp_path, "Flask-Mail")
    assert list_entries(environment) > before
    remove_new_entries(environment, {"flask-mail"}, before=before)
    assert list_entries(environment) == before


@pytest.mark.parametrize("lost", ["RECORD", "METADATA", ""])
def test_half_a_package_goes(environment: FoundEnvironment, tmp_path: Path, lost: str) -> None:
    before = list_entries(environment)
    install(environment, tmp_path, "Flask-Mail")
    (info,) = site(environment).glob("[Ff]lask_[Mm]ail-1.0.dist-info")
    if lost:
        (info / lost).unlink()
    else:
        shutil.rmtree(info)
    script = environment.path / "bin" / "mail"
    script.touch()
    remove_new_entries(environment, {"flask-mail"}, before=before)
    assert list_entries(environment) == before


def test_what_somebody_installed_meanwhile_stays(environment: FoundEnvironment, tmp_path: Path) -> None:
    before = list_entries(environment)
    install(environment, tmp_path, "Flask-Mail")
    install(environment, tmp_path, "rich")
    remove_new_entries(environment, {"flask-mail"}, before=before)
    names = {Path(entry).name for entry in list_entries(environment) - before}
    assert names == {"rich.py", "rich-1.0.dist-info"}
