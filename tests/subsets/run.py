"""Runs the tests of one subset of the extensions, and looks at its files and at every page they show."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from flaskgen.planning.flask.compatibility import FlaskSeries
from tests.project_templates.browser import check_page
from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST
from tests.project_templates.served import Site
from tests.project_templates.subsets import Files, Subset, write_tree
from tests.project_templates.test_lint import ruff

PLUGINS = Path(__file__).parent


def prove(subset: Subset, python: Path, *, series: FlaskSeries = NEWEST, tests: Sequence[str] = ()) -> str:
    """Run the tests of a subset, or those of some files, as ``prove_files`` does."""
    return prove_files(render_project(subset, series=series), python, tests=tests)


def prove_files(
    files: Files, python: Path, *, tests: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> str:
    """Run a project's tests, or those of some files, with warnings as errors, and return their last line.

    Raises AssertionError.
    """
    with tempfile.TemporaryDirectory(prefix="flaskgen-subset-") as folder:
        project = write_tree(Path(folder, "my-shop"), files)
        for arguments in (["check"], ["format", "--diff"]):
            style = ruff(*arguments, "--no-cache", project)
            assert style.returncode == 0, style.stdout
        before = sorted(project.rglob("*"))
        done, pages = run_recorded(Site(python, project), *tests, **variables or {})
        said = done.stdout.splitlines()[-1] if done.stdout else ""
        assert re.fullmatch(r"\d+ passed in .*", said), done.stdout + done.stderr
        assert sorted(project.rglob("*")) == before, "the tests left files behind"
        assert tests or pages or not list(project.rglob("*.html")), "no page was recorded"
        for page in pages:
            check_page(page)
    return said


def run_recorded(
    site: Site, *options: str, **settings: str
) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """Run a project's tests, and return what became of them and the pages that were rendered."""
    pages = site.folder.with_name("pages.jsonl")
    pages.write_text("")
    # Of its own: runs side by side would clear each other's temporary directories away.
    base = f"--basetemp={site.folder.with_name('tmp')}"
    recording = {"PYTHONPATH": str(PLUGINS), "PAGES": str(pages)}
    done = site.call_tests("-p", "page_recorder", base, *options, **settings | recording)
    return done, {json.loads(page) for page in pages.read_text(encoding="utf-8").splitlines()}
