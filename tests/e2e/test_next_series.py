"""A series that is not out yet: Flask 3.2 as its main branch has it, on an index of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from tests.effects.index_server import LoopbackIndex, serve

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
NEWEST = load_series()[-1]
# What extensions still import is deprecated.
MERGED = """
import warnings

_merged = RequestContext
del RequestContext

def __getattr__(name):
    if name != "RequestContext":
        raise AttributeError(name)
    warnings.warn("'RequestContext' has merged with 'AppContext'", DeprecationWarning, stacklevel=2)
    return _merged
"""


def run(directory: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An index with nothing but Flask 3.2.0: today's sdist with what 3.2 changes of it, built."""
    folder = tmp_path_factory.mktemp("flask-3.2")
    pip = (sys.executable, "-m", "pip")
    run(
        folder,
        *pip,
        "download",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--dest",
        folder,
        f"Flask=={NEWEST.tested}",
    )
    (archive,) = folder.glob("*.tar.gz")
    run(folder, "tar", "-xf", archive)
    root = archive.with_name(archive.name.removesuffix(".tar.gz"))
    change(
        root / "pyproject.toml",
        (f'version = "{NEWEST.tested}"', 'version = "3.2.0"'),
        ('requires-python = ">=3.9"', 'requires-python = ">=3.10"'),
    )
    change(root / "src/flask/helpers.py", ("code: int = 302", "code: int = 303"))
    change(root / "src/flask/sansio/app.py", ("code: int = 302", "code: int = 303"))
    change(root / "src/flask/app.py", ("import RequestContext\n", "import _merged as RequestContext\n"))
    merged = root / "src/flask/ctx.py"
    merged.write_text(merged.read_text(encoding="utf-8") + MERGED, encoding="utf-8")
    run(folder, *pip, "wheel", "--no-deps", "--wheel-dir", folder / "packages", root)
    (wheel,) = (folder / "packages").iterdir()
    index = LoopbackIndex()
    index.add((wheel.name, wheel.read_bytes()))
    with serve(index):
        yield index.url


def change(path: Path, *replacements: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def test_a_new_series_needs_one_file_and_one_command(index: str, tmp_path: Path) -> None:
    for name in ("flaskgen", "project_templates", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    os.symlink(tmp_path / "project_templates", tmp_path / "flaskgen" / "project_templates")
    data = tmp_path / "flaskgen" / "compatibility"
    text = (data / f"{NEWEST.name}.toml").read_text(encoding="utf-8").partition("\n# Flask 3.1.0 signs")[0]
    releases = ", ".join(f'"{release}"' for release in NEWEST.releases)
    for old, new in (
        (f'series = "{NEWEST.name}"', 'series = "3.2"'),
        (f'tested = "{NEWEST.tested}"', 'tested = "3.2.0"'),
        (f"releases = [{releases}]", 'releases = ["3.2.0"]'),
        (
            'version = "3.9", reason = "its metadata requires Python 3.9"',
            'version = "3.10", reason = "its metadata requires Python 3.10"',
        ),
        ('traits = ["limiter", "typed"]', 'traits = ["limiter", "typed", "untested"]'),
    ):
        assert old in text, old
        text = text.replace(old, new)
    (data / "3.2.toml").write_text(text, encoding="utf-8")

    here = {"PYTHONPATH": str(tmp_path), "UV_INDEX": index}
    run(tmp_path, sys.executable, tmp_path / "tools" / "refresh_locks.py", "3.2", **here)
    assert 'name = "flask"\nversion = "3.2.0"' in (data / "3.2.lock").read_text(encoding="utf-8")

    project = tmp_path / "shop"
    made = run(
        tmp_path,
        *(sys.executable, "-m", "flaskgen", "new", project, "--flask", "latest", "--preset", "full"),
        *("--extra-index-url", index, "--test", "--no-git", "--yes"),
        **here,
    )
    assert "was not tested" not in made.stderr
    assert "flask==3.2.0" in (project / "requirements.txt").read_text(encoding="utf-8")
