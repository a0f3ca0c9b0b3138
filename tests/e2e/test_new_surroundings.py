"""Settings and places around a run that must not change what comes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]

HARMLESS = {
    "PYTHONPATH": "{trap}",
    "PYTHONHOME": sys.base_prefix,
    "PYTHONSTARTUP": "{trap}/flask.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PIP_TARGET": "{trap}",
    "PIP_PREFIX": "{trap}",
    "PIP_USER": "1",
    "PIP_DRY_RUN": "1",
    "PIP_NO_DEPS": "1",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_PYTHON": "{trap}/nowhere",
    "PIP_REQUIREMENT": "{trap}/nowhere",
    "PIP_CONSTRAINT": "{trap}/nowhere",
    "VIRTUAL_ENV": "{trap}",
    "CONDA_PREFIX": "{trap}",
    "VIRTUALENV_NO_SEED": "1",
    "VIRTUALENV_SYSTEM_SITE_PACKAGES": "1",
    "VIRTUALENV_ACTIVATORS": "fish",
    "VIRTUALENV_PROMPT": "trap",
    "VIRTUALENV_CONFIG_FILE": "{trap}/virtualenv.ini",
    "UV_CONFIG_FILE": "{trap}/uv.toml",
    "UV_PROJECT_ENVIRONMENT": "{trap}",
    "UV_PYTHON": "3.9",
    "UV_NO_BUILD": "1",
    "UV_CONSTRAINT": "{trap}/nowhere",
    "UV_EXCLUDE_NEWER": "2015-01-01",
    "UV_LINK_MODE": "bogus",
    "FLASK_APP": "nowhere",
    "FLASK_DEBUG": "1",
    "SECRET_KEY": "ambient",
}


def made(completed: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert completed.returncode == 0, completed.stderr + completed.stdout
    told: dict[str, Any] = json.loads(completed.stdout)
    return told


def snapshot(project: Path) -> dict[str, bytes]:
    """Give the project's own files and the names of what is installed."""
    found = {}
    for parent, folders, names in os.walk(project):
        folders[:] = [name for name in folders if name not in {"__pycache__", ".git", ".venv", "instance"}]
        for name in names:
            path = Path(parent, name)
            if name != ".env":
                found[str(path.relative_to(project))] = path.read_bytes()
    for info in project.glob(".venv/lib/*/site-packages/*.dist-info"):
        found[f"installed/{info.name}"] = b""
    for script in (project / ".venv" / "bin").iterdir():
        found[f"bin/{script.name}"] = b""
    return found


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder with modules and settings that lead astray whoever reads them."""
    folder = tmp_path / "trap"
    folder.mkdir()
    for name in ("flask.py", "pip.py", "json.py", "sitecustomize.py"):
        (folder / name).write_text("raise SystemExit('misled')\n")
    (folder / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"\nno-index = true\n')
    (folder / "virtualenv.ini").write_text("[virtualenv]\nsystem-site-packages = true\n")
    return folder


def test_a_hostile_surrounding_changes_nothing(flaskgen: Run, tmp_path: Path, trap: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "around" / "inner").mkdir(parents=True)
    arguments = ("new", "shop", "-x", "login,wtf", "--test", "--json")
    plain = made(flaskgen(*arguments, cwd=tmp_path / "plain"))
    (tmp_path / "around" / "uv.toml").write_text("no-index = true\n")
    (tmp_path / "around" / "pyproject.toml").write_text("[tool.uv]\nno-index = true\n[project]\nname = 'x'\n")
    (tmp_path / "around" / "inner" / "uv.toml").write_text("this is not TOML [")
    # flaskgen itself runs without them, as a console script of an isolated installation does.
    settings = {name: value.format(trap=trap) for name, value in HARMLESS.items()}
    code = "import sys, os, json; os.environ.update(json.loads(os.environ.pop('TRAP')));"
    code += "from flaskgen.cli.main import main; main(sys.argv[1:])"
    hostile = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path / "around" / "inner",
        env=os.environ | {"TRAP": json.dumps(settings)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = made(hostile)
    assert told["versions"] == plain["versions"]
    assert told["verified"]["status"] == 200
    assert snapshot(tmp_path / "around" / "inner" / "shop") == snapshot(tmp_path / "plain" / "shop")
    assert sorted(path.name for path in trap.iterdir() if path.name != "__pycache__") == [
        *("flask.py", "json.py", "pip.py", "sitecustomize.py", "uv.toml", "virtualenv.ini"),
    ]


@pytest.fixture(params=[0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_the_secrets_are_private_whatever_the_umask(flaskgen: Run, tmp_path: Path, umask: int) -> None:
    made(flaskgen("new", "shop", "--no-dev", "--json"))
    assert (tmp_path / "shop" / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "shop" / "wsgi.py").stat().st_mode & 0o777 == 0o666 & ~umask


def test_without_a_home_it_works(flaskgen: Run, tmp_path: Path) -> None:
    told = made(flaskgen("new", "shop", "--no-dev", "--json", HOME="/nonexistent"))
    assert told["verified"]["status"] == 200


def test_an_index_that_nobody_answers_at_leaves_nothing(flaskgen: Run, tmp_path: Path) -> None:
    completed = flaskgen(
        *("new", "shop", "--index-url", "http://ada:hunter2@127.0.0.1:9/simple"),
        UV_CACHE_DIR=str(tmp_path / "empty-cache"),
    )
    assert completed.returncode == 1
    errors = [line for line in completed.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "127.0.0.1:9" in errors[0]
    assert "hunter2" not in completed.stderr
    assert "note: what was made is removed: there is no `shop`" in completed.stderr
    assert not (tmp_path / "shop").exists()


def test_a_failure_in_an_existing_directory_keeps_the_users_files(flaskgen: Run, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    (project / ".git").mkdir(parents=True)
    theirs = {"README.md": b"mine", "LICENSE": b"mine", ".git/HEAD": b"ref: refs/heads/trunk\n"}
    for name, content in theirs.items():
        (project / name).write_bytes(content)
    completed = flaskgen("new", "shop", "--offline", UV_CACHE_DIR=str(tmp_path / "empty-cache"))
    assert completed.returncode == 1
    left = {str(path.relative_to(project)) for path in project.rglob("*")}
    assert left == {*theirs, ".git"}
    assert {name: (project / name).read_bytes() for name in theirs} == theirs


_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from flaskgen.cli.main import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("size", [0, 100, 1000, 5000, 40_000, 200_000])
def test_a_file_that_cannot_grow_ends_the_run_without_a_trace(tmp_path: Path, size: int) -> None:
    here = tmp_path / "here"
    here.mkdir()
    completed = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(size), "new", "shop", "--preset", "web", "--yes"],
        cwd=here,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert completed.returncode == 1, completed.stderr
    assert completed.stderr.count("error: ") == 1
    assert "Traceback" not in completed.stderr
    assert list(here.iterdir()) == []


def test_an_application_that_does_not_start_is_named_and_removed(tmp_path: Path) -> None:
    """With the templates of a folder in which somebody broke one."""
    import shutil

    from flaskgen import __file__ as package

    broken = tmp_path / "flaskgen-broken"
    templates = Path(package).parent / "project_templates"
    if not templates.is_dir():
        templates = Path(package).parent.parent / "project_templates"
    shutil.copytree(Path(package).parent, broken / "flaskgen", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(templates, broken / "flaskgen" / "project_templates", dirs_exist_ok=True)
    main = broken / "flaskgen/project_templates/base/files/{{package}}/main.py.jinja"
    main.write_text(main.read_text() + "\n\nraise RuntimeError('broken on purpose')\n")
    here = tmp_path / "here"
    here.mkdir()
    code = f"import sys; sys.path[:0] = [{str(broken)!r}, {sysconfig.get_path('purelib')!r}]\n"
    code += "sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
    code += "import flaskgen; assert 'broken' in flaskgen.__file__\n"
    code += "from flaskgen.cli.main import main; main(sys.argv[1:])"
    completed = subprocess.run(
        [sys.executable, "-I", "-c", code, "new", "shop", "--yes"],
        cwd=here,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert completed.returncode == 1, completed.stderr
    assert "error: the new application does not answer `GET /`" in completed.stderr
    assert "broken on purpose" in completed.stderr
    assert "--no-verify" in completed.stderr
    assert list(here.iterdir()) == []
