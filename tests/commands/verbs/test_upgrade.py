"""Upgrading a project, without installing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flaskgen.commands import undo, upgrade
from flaskgen.commands.verbs.upgrade import Target, _copy
from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.errors import FlaskgenError, IncompatibleVersions
from flaskgen.planning.flask.compatibility import ExtensionSupport
from flaskgen.planning.flask.releases import choose_release
from flaskgen.planning.project.names import RECORD_PATH
from tests.commands.projects import FILES_ONLY, files_of, read_project, record_of, write_project

EXTENSIONS = ("login", "migrate", "mail")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def make(*extensions: str, flask: str = "3.0") -> Path:
        return write_project(tmp_path / "shop", files_of(extensions, flask=flask))

    return make


def replace(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_project_of_another_series_is_as_one_created_with_it_and_undo_takes_that_back(
    make: Callable[..., Path],
) -> None:
    project = make(*EXTENSIONS)
    before = read_project(project)
    outcome = upgrade(project, Target(flask="3.1"), settings=FILES_ONLY)
    assert outcome.plan.title == "upgrade --flask 3.1"
    assert read_project(project) == files_of(EXTENSIONS, flask="3.1")
    undo(project, settings=FILES_ONLY)
    assert read_project(project) == before


def test_without_a_series_the_project_keeps_its_own(make: Callable[..., Path]) -> None:
    project = make()
    assert not upgrade(project, settings=FILES_ONLY).made
    assert read_project(project) == files_of((), flask="3.0")


def test_a_pin_that_was_changed_by_hand_is_what_the_project_has(make: Callable[..., Path]) -> None:
    project = make()
    replace(project / "pyproject.toml", '"Flask==3.0.3"', '"Flask==3.1.1"')
    with pytest.raises(IncompatibleVersions, match=r"Flask 3\.0\.3 is older than the 3\.1\.1 of the project"):
        upgrade(project, Target(flask="3.0"), settings=FILES_ONLY)
    upgrade(project, settings=FILES_ONLY)
    expected = files_of((), flask="3.1")
    found = read_project(project)
    assert {path: text for path, text in found.items() if path.suffix != ".txt"} == {
        path: text for path, text in expected.items() if path.suffix != ".txt"
    }


def test_a_requirement_that_the_user_loosened_stays(make: Callable[..., Path]) -> None:
    project = make()
    replace(project / "pyproject.toml", '"Flask==3.0.3"', '"Flask>=3"')
    upgrade(project, Target(flask="3.1"), settings=FILES_ONLY)
    assert '"Flask>=3"' in (project / "pyproject.toml").read_text()
    assert 'flask = "3.1.' in record_of(project)


@pytest.mark.parametrize(
    ("python", "flask", "message", "hint"),
    [
        ("3.13", "2.3", "Flask 2.3.3 is older than the 3.0.3 of the project", "`flaskgen undo` undoes"),
        ("3.13", "3.0.0", "Flask 3.0.0 is older than the 3.0.3 of the project", "`flaskgen undo` undoes"),
        ("3.13", "3.1.99", "does not query the index because of --no-install", "the nearest: "),
        ("3.13", "new", "`new` is not a Flask version", "use a release such as"),
        ("3.8", "3.1", "Flask 3.1.3 does not work on Python 3.8", "--python"),
    ],
)
def test_a_release_that_cannot_be_is_refused(
    make: Callable[..., Path], python: str, flask: str, message: str, hint: str
) -> None:
    project = make()
    replace(project / RECORD_PATH, 'python = "3.13"', f'python = "{python}"')
    before = read_project(project)
    with pytest.raises(FlaskgenError) as caught:
        upgrade(project, Target(flask=flask), settings=FILES_ONLY)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert read_project(project) == before


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("3.8", "Python 3.8 is older than the 3.13 of the project"),
        ("3.99", "Python 3.99 was not found"),
        ("new", "there is no Python at `new`"),
        ("", "`` is not a Python version"),
    ],
)
def test_a_python_that_cannot_be_is_refused(make: Callable[..., Path], python: str, message: str) -> None:
    with pytest.raises(FlaskgenError) as caught:
        upgrade(make(flask="2.3"), Target(python=python), settings=FILES_ONLY)
    assert caught.value.message.startswith(message)
    assert caught.value.hint


def test_an_extension_that_does_not_work_with_the_release_is_named(
    make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = choose_release("3.1", load_series())
    gone = {**release.series.extensions, "mail": ExtensionSupport(unsupported="it is gone")}
    without = release._replace(series=release.series._replace(extensions=gone))
    monkeypatch.setattr("flaskgen.commands.verbs.upgrade.find_release", lambda *_, **__: without)
    with pytest.raises(IncompatibleVersions) as caught:
        upgrade(make("mail"), Target(flask="3.1"), settings=FILES_ONLY)
    assert caught.value.message == f"extension mail does not work with Flask {release.version} (it is gone)"
    assert caught.value.hint == "remove mail, or choose another Flask"


@pytest.mark.parametrize("user_wrote_more", [False, True])
def test_without_an_environment_older_pins_are_replaced_by_the_tested_ones(
    make: Callable[..., Path], user_wrote_more: bool
) -> None:
    project = make("mail")
    requirements = project / "requirements.txt"
    right = requirements.read_text()
    older = re.sub(r"^(werkzeug|click)==.*", r"\1==1.0", right, flags=re.MULTILINE)
    requirements.write_text(older + ("toolz==1.0\n    # via pip install\n" if user_wrote_more else ""))
    outcome = upgrade(project, settings=FILES_ONLY)
    assert (requirements.read_text() == right) == (not user_wrote_more)
    assert any(step.startswith("flaskgen freeze") for step in outcome.steps) == user_wrote_more


@pytest.mark.parametrize("kind", [Path.touch, Path.mkdir])
def test_what_cannot_be_read_is_no_part_of_the_rehearsal(tmp_path: Path, monkeypatch, kind):
    """Such as the files of a database, which are another user's."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "app.py").touch()
    kind(tmp_path / "shop" / "data")
    monkeypatch.setattr(os, "access", lambda path, mode: not path.endswith("data"))
    copy = _copy(tmp_path / "shop", tmp_path / "copy", {})
    assert [path.name for path in copy.iterdir()] == ["app.py"]
