"""Upgrading a project, without installing."""

from __future__ import annotations

from pathlib import Path

from flaskgen.commands import undo, upgrade
from flaskgen.commands.verbs.upgrade import Target
from tests.commands.projects import FILES_ONLY, files_of, read_project, write_project

EXTENSIONS = ("login", "migrate", "mail")


def test_a_project_of_another_series_is_as_one_created_with_it_and_undo_takes_that_back(
    tmp_path: Path,
) -> None:
    old, new = (files_of(EXTENSIONS, flask=series) for series in ("3.0", "3.1"))
    project = write_project(tmp_path / "shop", old)
    outcome = upgrade(project, Target(flask="3.1"), settings=FILES_ONLY)
    assert outcome.plan.title == "upgrade --flask 3.1"
    assert read_project(project) == new
    undo(project, settings=FILES_ONLY)
    assert read_project(project) == old
