"""Finding a project, and the place of its environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from flaskgen.effects.project.locating import find_project, locate_project, project_environment
from flaskgen.effects.python.environments import read_environment
from flaskgen.effects.transaction.log import LOG, Log
from flaskgen.errors import BrokenRecord, NotAProject
from tests.commands.projects import files_of, write_project
from tests.effects.tiny_packages import make_environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["mail"]))


def test_a_project_beside_the_way_is_not_found(project: Path, monkeypatch):
    (project.parent / "other").mkdir()
    (project.parent / "linked").symlink_to(project / "tests")
    monkeypatch.chdir(project)
    for path in ("../other", project / "shop" / ".." / ".." / "other"):
        with pytest.raises(NotAProject):
            locate_project(path)
    assert locate_project("../linked/..") == locate_project("tests/../shop") == project


def test_where_there_is_none_it_says_so(tmp_path: Path):
    with pytest.raises(NotAProject, match="no flaskgen project"):
        locate_project(tmp_path)


def test_a_missing_record_is_not_a_missing_project(project: Path):
    (project / ".flaskgen" / "project.toml").unlink()
    with pytest.raises(BrokenRecord, match=r"there is no \.flaskgen/project\.toml") as caught:
        locate_project(project / "tests")
    assert caught.value.hint == f"restore it: git -C {project} checkout -- .flaskgen/project.toml"


@pytest.mark.parametrize("record", [True, False])
def test_an_incomplete_project_is_not_a_missing_one(project: Path, record: bool):
    Log(project / LOG, "new shop", creates=True).save()
    if not record:
        (project / ".flaskgen" / "project.toml").unlink()
        (project / ".flaskgen" / "base.zip").unlink()
    with pytest.raises(NotAProject, match="is incomplete: `flaskgen new` was interrupted") as caught:
        locate_project(project / "tests")
    assert caught.value.hint == "create it again: flaskgen new shop"


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


def test_an_active_environment_in_the_project_with_flask_is_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "shop", "")
    for place in (project / "env", tmp_path / "other"):
        (site_packages,) = read_environment(make_environment(place)).site_packages
        (site_packages / "flask").mkdir()
        (site_packages / "flask" / "__init__.py").touch()
    (project / "link").symlink_to(tmp_path / "other")
    (project / "empty").mkdir()
    for place in (tmp_path / "other", project / "link", project / "empty", project):
        monkeypatch.setenv("VIRTUAL_ENV", str(place))
        assert project_environment(project) == project / ".venv"
    monkeypatch.setenv("VIRTUAL_ENV", str(project / "env"))
    assert project_environment(project) == project / "env"
    (tmp_path / "way").symlink_to(project)
    assert project_environment(tmp_path / "way") == tmp_path / "way" / "env"
    (project / ".venv").mkdir()
    assert project_environment(project) == project / ".venv"


@pytest.mark.parametrize("place", ["env", "../elsewhere"])
def test_the_environment_that_uv_is_told_to_use_is_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    project = make_project(tmp_path / "shop", "")
    for value in (place, str(project / place)):
        monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", value)
        assert project_environment(project) == project / ".venv"
    make_environment(project / place)
    for value in (place, str(project / place)):
        monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", value)
        assert project_environment(project) == project / place
    (project / ".venv").mkdir()
    assert project_environment(project) == project / ".venv"


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


def test_an_incomplete_project_is_refused(tmp_path: Path) -> None:
    Log(tmp_path / LOG, "new shop", creates=True).save()
    (tmp_path / ".flaskgen" / "project.toml").touch()
    with pytest.raises(NotAProject, match="is incomplete"):
        find_project(tmp_path)
