from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flaskgen.effects.project.environment_lookup import find_project, project_environment, read_environment
from flaskgen.effects.transaction.log import LOG, Log
from flaskgen.errors import EnvironmentBroken, NotAProject
from tests.effects.tiny_packages import MINOR, VERSION, make_environment, make_real_environment


def make_project(folder: Path, record: str = "") -> Path:
    (folder / ".flaskgen").mkdir(parents=True)
    (folder / ".flaskgen" / "project.toml").write_text(record)
    return folder


def test_the_project_is_the_nearest_folder_with_a_record(tmp_path: Path) -> None:
    outer = make_project(tmp_path / "outer")
    inner = make_project(outer / "a" / "inner")
    (inner / "b" / "c").mkdir(parents=True)
    assert find_project(inner / "b" / "c") == inner
    assert find_project(outer / "a") == outer
    assert find_project(tmp_path) is None


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[environment]\n",
        "environment = 3\n",
        "[environment]\npath = 3\n",
        "not toml",
        "[environment]\npath = ''",
    ],
)
def test_a_project_without_another_environment_has_its_own(record: str, tmp_path: Path) -> None:
    assert project_environment(make_project(tmp_path / "shop", record)) == tmp_path / "shop" / ".venv"


def test_the_record_may_place_the_environment_elsewhere(tmp_path: Path) -> None:
    absolute = make_project(tmp_path / "a", "[environment]\npath = '/srv/envs/shop'\n")
    assert project_environment(absolute) == Path("/srv/envs/shop")
    relative = make_project(tmp_path / "b", "[environment]\npath = '../env'\n")
    assert project_environment(relative) == tmp_path / "b" / ".." / "env"


def test_an_environment_of_virtualenvwrapper_is_the_projects_where_it_leads_back_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKON_HOME", str(tmp_path / "envs"))
    project = make_project(tmp_path / "folder", "[project]\nname = 'shop'\n")
    shared = tmp_path / "envs" / "shop"
    shared.mkdir(parents=True)
    (shared / ".project").write_text(f"{tmp_path}\n")
    assert project_environment(project) == project / ".venv"
    (shared / ".project").write_text(f"{project}\n")
    assert project_environment(project) == shared
    (project / ".venv").mkdir()
    assert project_environment(project) == project / ".venv"


def test_an_environment_of_virtualenv_is_read(tmp_path: Path) -> None:
    python = make_real_environment(tmp_path / "env")
    found = read_environment(tmp_path / "env")
    assert found.interpreter.path == python
    assert found.interpreter.version == VERSION
    assert [folder.name for folder in found.site_packages] == ["site-packages"]
    assert (found.site_packages[0] / "pip").is_dir()
    assert not found.system_site_packages


def test_an_environment_that_sees_the_system_says_so(tmp_path: Path) -> None:
    assert read_environment(make_environment(tmp_path / "env", system=True)).system_site_packages


def test_a_lib64_of_its_own_is_read_too_and_a_link_is_not_read_twice(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env")
    (environment / "lib64").symlink_to("lib")
    assert len(read_environment(environment).site_packages) == 1
    (environment / "lib64").unlink()
    own = environment / "lib64" / f"python{MINOR}" / "site-packages"
    own.mkdir(parents=True)
    assert read_environment(environment).site_packages == (
        environment / "lib" / f"python{MINOR}" / "site-packages",
        own,
    )


def test_the_layout_of_windows_is_read(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    (environment / "Lib" / "site-packages").mkdir(parents=True)
    (environment / "Scripts").mkdir()
    (environment / "Scripts" / "python.exe").touch()
    (environment / "pyvenv.cfg").write_text("home = C:\\Python312\r\nversion_info = 3.12.4.final.0\r\n")
    found = read_environment(environment)
    assert found.site_packages == (environment / "Lib" / "site-packages",)
    assert found.interpreter.version == "3.12.4"


def missing(path: Path) -> None:
    shutil.rmtree(path)


def file(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


def dangling_link(path: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to(path.with_name("gone"))


def interpreter_gone(path: Path) -> None:
    shutil.rmtree(path.with_name(f"{path.name}-base"))


def no_interpreter(path: Path) -> None:
    (path / "bin" / "python").unlink()


def no_settings(path: Path) -> None:
    (path / "pyvenv.cfg").unlink()


def no_version(path: Path) -> None:
    (path / "pyvenv.cfg").write_text("home = /usr/bin\n")


def no_site_packages(path: Path) -> None:
    shutil.rmtree(path / "lib")


def upgraded_settings(path: Path) -> None:
    (path / "pyvenv.cfg").write_text("version = 3.99.0\n")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (missing, "there is no virtual environment at"),
        (file, "is a file"),
        (dangling_link, "which does not exist"),
        (interpreter_gone, "is gone: its link leads to"),
        (no_interpreter, "has no Python in it"),
        (no_settings, "is not a virtual environment: its pyvenv.cfg cannot be read"),
        (no_version, "does not say which Python version"),
        (no_site_packages, "has no site-packages for Python"),
        (upgraded_settings, f"has no site-packages for Python 3.99, but one for python{MINOR}"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_environment_is_a_clear_error(damage: object, words: str, tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env")
    damage(environment)  # type: ignore[operator]
    with pytest.raises(EnvironmentBroken) as raised:
        read_environment(environment)
    assert words in raised.value.message
    assert str(environment) in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint


def test_an_interpreter_that_was_replaced_by_another_version_is_found_by_its_name(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "env")
    other = tmp_path / "python3.99"
    other.touch()
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to(other)
    with pytest.raises(EnvironmentBroken, match=rf"made for Python {MINOR}, but its Python is now 3\.99"):
        read_environment(environment)


def test_an_incomplete_project_is_refused(tmp_path: Path) -> None:
    Log(tmp_path / LOG, "new shop", creates=True).save()
    (tmp_path / ".flaskgen" / "project.toml").write_text("")
    with pytest.raises(NotAProject, match="is incomplete: `flaskgen new` was interrupted"):
        find_project(tmp_path)
