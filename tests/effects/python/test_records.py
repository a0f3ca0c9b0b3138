"""Comparing installed files with RECORDs, and clearing away what a failed installation left."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from flaskgen.effects.python.environments import Environment, read_environment
from flaskgen.effects.python.records import (
    list_entries,
    missing_files,
    owners_of_modules,
    remove_new_entries,
    require_undamaged,
    verify_records,
)
from flaskgen.errors import InstallFailed
from tests.effects.tiny_packages import build_wheel, make_environment, make_real_environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    wheels = [build_wheel(tmp_path / "wheels", name) for name in ("click", "flask")]
    return read_environment(make_environment(tmp_path / "env", *wheels))


@pytest.fixture
def site_packages(environment: Environment) -> Path:
    return environment.site_packages[0]


def test_what_was_installed_is_undamaged(environment: Environment) -> None:
    assert verify_records(environment) == ()


def test_what_virtualenv_installed_is_undamaged_and_used_bytecode_does_not_count(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    for compiled in (tmp_path / "env").rglob("*.pyc"):
        compiled.write_bytes(b"stale")
    assert python.exists()
    assert verify_records(read_environment(tmp_path / "env")) == ()


def test_an_edited_file_is_damaged(environment: Environment, site_packages: Path) -> None:
    (site_packages / "flask.py").write_text("VERSION = '1.1'\n")
    [damaged] = verify_records(environment)
    assert damaged.distribution == "flask-1.0"
    assert damaged.path == site_packages / "flask.py"
    with pytest.raises(InstallFailed, match=r"flask-1\.0"):
        require_undamaged(environment)


def test_only_the_packages_that_are_named_are_verified(environment: Environment, site_packages: Path) -> None:
    (site_packages / "flask.py").write_text("VERSION = '1.1'\n")
    assert verify_records(environment, {"click"}) == ()
    require_undamaged(environment, {"click"})
    [damaged] = verify_records(environment, {"flask"})
    assert damaged.package == "flask"
    with pytest.raises(InstallFailed) as raised:
        require_undamaged(environment, {"flask"})
    assert raised.value.message == "1 installed file is damaged, such as `flask.py` of flask-1.0"
    assert "uv cache clean flask" in str(raised.value.hint)


def test_an_emptied_file_is_damaged(environment: Environment, site_packages: Path) -> None:
    (site_packages / "click.py").write_bytes(b"")
    assert [damaged.distribution for damaged in verify_records(environment)] == ["click-1.0"]


def test_a_missing_file_is_damaged(environment: Environment, site_packages: Path) -> None:
    (site_packages / "flask.py").unlink()
    assert [damaged.distribution for damaged in verify_records(environment)] == ["flask-1.0"]
    assert missing_files(site_packages / "flask-1.0.dist-info") == (site_packages / "flask.py",)
    assert missing_files(site_packages / "click-1.0.dist-info") == ()


def test_a_fifo_in_place_of_a_file_is_not_waited_for(environment: Environment, site_packages: Path) -> None:
    (site_packages / "flask.py").unlink()
    os.mkfifo(site_packages / "flask.py")
    assert len(verify_records(environment)) == 1


def test_a_leftover_of_an_uninstall_is_not_verified(environment: Environment, site_packages: Path) -> None:
    (site_packages / "flask-1.0.dist-info").rename(site_packages / "~lask-1.0.dist-info")
    (site_packages / "flask.py").unlink()
    assert verify_records(environment) == ()


def install(environment: Environment, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path, name, "1.0")) as wheel:
        wheel.extractall(environment.site_packages[0])


def test_modules_are_owned_by_the_packages_that_have_them(environment: Environment, tmp_path: Path) -> None:
    install(environment, tmp_path, "Flask-Mail")
    owners = owners_of_modules(environment)
    assert {name: owners.get(name) for name in ("flask", "flask_mail")} == {
        "flask": "flask",
        "flask_mail": "flask-mail",
    }


def test_a_whole_package_goes_and_the_others_stay(environment: Environment, tmp_path: Path) -> None:
    before = list_entries(environment)
    install(environment, tmp_path, "Flask-Mail")
    assert list_entries(environment) > before
    remove_new_entries(environment, {"flask-mail"}, before=before)
    assert list_entries(environment) == before


@pytest.mark.parametrize("lost", ["RECORD", "METADATA", ""])
def test_half_a_package_goes(environment: Environment, tmp_path: Path, lost: str) -> None:
    before = list_entries(environment)
    install(environment, tmp_path, "Flask-Mail")
    (info,) = environment.site_packages[0].glob("[Ff]lask_[Mm]ail-1.0.dist-info")
    if lost:
        (info / lost).unlink()
    else:
        shutil.rmtree(info)
    script = environment.path / "bin" / "mail"
    script.touch()
    remove_new_entries(environment, {"flask-mail"}, before=before)
    assert list_entries(environment) == before


def test_what_somebody_installed_meanwhile_stays(environment: Environment, tmp_path: Path) -> None:
    before = list_entries(environment)
    install(environment, tmp_path, "Flask-Mail")
    install(environment, tmp_path, "rich")
    remove_new_entries(environment, {"flask-mail"}, before=before)
    names = {Path(entry).name for entry in list_entries(environment) - before}
    assert names == {"rich.py", "rich-1.0.dist-info"}
