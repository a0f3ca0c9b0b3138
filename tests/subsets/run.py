"""Runs the tests of one subset of the extensions, and looks at its files and at every page they show."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.project_templates.browser import check_page
from tests.project_templates.rendering import render_project
from tests.project_templates.subsets import Subset, write_tree
from tests.project_templates.test_lint import ruff

PLUGINS = Path(__file__).parent


def prove(subset: Subset, python: Path) -> str:
    """Run the tests with warnings as errors, and give their last line. Raises AssertionError."""
    files = render_project(subset)
    for path, content in files.items():
        if path.suffix == ".py":
            compile(content, str(path), "exec", dont_inherit=True)
    with tempfile.TemporaryDirectory(prefix="flaskgen-subset-") as folder:
        project = write_tree(Path(folder, "my-shop"), files)
        for arguments in (["check"], ["format", "--diff"]):
            style = ruff(*arguments, "--no-cache", project)
            assert style.returncode == 0, style.stdout
        before = sorted(project.rglob("*"))
        pages = Path(folder, "pages.jsonl")
        pages.touch()
        said = _run_tests(python, project, pages)
        assert sorted(project.rglob("*")) == before, "the tests left files behind"
        for page in set(pages.read_text(encoding="utf-8").splitlines()):
            check_page(json.loads(page))
    return said


def _run_tests(python: Path, project: Path, pages: Path) -> str:
    command = [python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "page_recorder"]
    environment = os.environ | {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(PLUGINS),
        "PAGES": str(pages),
    }
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    said = done.stdout.splitlines()[-1] if done.stdout else ""
    assert re.fullmatch(r"\d+ passed in .*s", said), done.stdout + done.stderr
    return said
