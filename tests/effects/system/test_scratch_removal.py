"""A directory is removed, whatever Git and Windows think of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from flaskgen.effects.system.scratch import remove_tree
from tests.effects.windows import remove_as_windows_does


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one object, which Git has made read-only."""
    repository = tmp_path / "shop"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (repository / "app.py").write_text("app = None\n")
    subprocess.run(["git", "add", "app.py"], cwd=repository, check=True)
    return repository


def test_a_repository_is_removed(repository: Path) -> None:
    assert remove_tree(repository) == []
    assert not repository.exists()


def test_on_windows_the_read_only_objects_of_a_repository_are_removed_as_well(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_as_windows_does(monkeypatch)
    assert remove_tree(repository) == []
    assert not repository.exists()


def test_what_cannot_be_removed_is_named_by_its_path(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_as_windows_does(monkeypatch)
    with (repository / "app.py").open():
        (error, *_) = remove_tree(repository)
    assert isinstance(error, PermissionError)
    assert os.fspath(error.filename) == str(repository / "app.py")
    repository.chmod(0o700)  # Windows has no bits that keep its owner from listing it
    assert [path.name for path in repository.iterdir()] == ["app.py"]
