from __future__ import annotations

import os
from pathlib import Path

import pytest

from flaskgen.effects.python.records import missing_files, require_undamaged, verify_records
from flaskgen.errors import InstallFailed
from tests.effects.tiny_packages import build_wheel, make_environment, make_real_environment, site_packages_of


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    wheels = [build_wheel(tmp_path / "wheels", name) for name in ("click", "flask")]
    return site_packages_of(make_environment(tmp_path / "env", *wheels))


def test_what_was_installed_is_undamaged(site_packages: Path) -> None:
    assert verify_records(site_packages) == ()


def test_what_virtualenv_installed_is_undamaged_and_used_bytecode_does_not_count(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    for compiled in (tmp_path / "env").rglob("*.pyc"):
        compiled.write_bytes(b"stale")
    assert python.exists()
    assert verify_records(site_packages_of(tmp_path / "env")) == ()


def test_an_edited_file_is_damaged(site_packages: Path) -> None:
    (site_packages / "flask.py").write_text("VERSION = '1.1'\n")
    [damaged] = verify_records(site_packages)
    assert damaged.distribution == "flask-1.0"
    assert damaged.path == site_packages / "flask.py"
    assert not damaged.missing
    with pytest.raises(InstallFailed, match=r"flask-1\.0"):
        require_undamaged(site_packages)


def test_an_emptied_file_is_damaged(site_packages: Path) -> None:
    (site_packages / "click.py").write_bytes(b"")
    assert [damaged.distribution for damaged in verify_records(site_packages)] == ["click-1.0"]


def test_a_missing_file_is_damaged(site_packages: Path) -> None:
    (site_packages / "flask.py").unlink()
    assert [damaged.missing for damaged in verify_records(site_packages)] == [True]
    assert missing_files(site_packages / "flask-1.0.dist-info") == (site_packages / "flask.py",)
    assert missing_files(site_packages / "click-1.0.dist-info") == ()


def test_a_fifo_in_place_of_a_file_is_not_waited_for(site_packages: Path) -> None:
    (site_packages / "flask.py").unlink()
    os.mkfifo(site_packages / "flask.py")
    assert len(verify_records(site_packages)) == 1


def test_a_leftover_of_an_uninstall_is_not_verified(site_packages: Path) -> None:
    (site_packages / "flask-1.0.dist-info").rename(site_packages / "~lask-1.0.dist-info")
    (site_packages / "flask.py").unlink()
    assert verify_records(site_packages) == ()
