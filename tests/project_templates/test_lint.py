"""What is generated is clean under ruff, with its own settings and with stricter ones, whatever its name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import WEB, Subset, write_tree


def ruff(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("ruff"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def parent(projects: Mapping[Subset, Path]) -> Path:
    return projects[()].parent


def test_every_subset_is_clean_under_its_own_settings(parent: Path):
    done = ruff("check", "--no-cache", parent)
    assert done.returncode == 0, done.stdout


def test_every_subset_is_formatted(parent: Path):
    done = ruff("format", "--no-cache", "--diff", parent)
    assert done.returncode == 0, done.stdout


def test_the_length_of_the_name_does_not_matter(tmp_path: Path):
    for name in ("a", "z9", "a-name-that-is-as-long-as-names-are"):
        write_tree(tmp_path / "few" / name, render_project((), name=name))
        write_tree(tmp_path / "many" / name, render_project(WEB, name=name))
    check, formatted = ruff("check", "--no-cache", tmp_path), ruff("format", "--no-cache", "--diff", tmp_path)
    assert check.returncode == 0, check.stdout
    assert formatted.returncode == 0, formatted.stdout


def test_the_application_has_no_suppressed_warning(parent: Path):
    for path in parent.rglob("*.py"):
        assert "noqa" not in path.read_text(encoding="utf-8"), path


def test_ruff_would_find_a_fault(parent: Path, tmp_path: Path):
    project = tmp_path / "project"
    shutil.copytree(parent / "none", project)
    (project / "my_shop" / "main.py").write_text("import os\nassert True\n")
    assert "S101" in ruff("check", "--no-cache", project).stdout
