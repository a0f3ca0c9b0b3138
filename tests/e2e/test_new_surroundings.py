"""Settings and places around a run that must not change what comes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.runs import listing
from tests.reliability.state import digests

pytestmark = pytest.mark.e2e

Run = Callable[..., subprocess.CompletedProcess[str]]


def made(completed: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert completed.returncode == 0, completed.stderr + completed.stdout
    told: dict[str, Any] = json.loads(completed.stdout)
    return told


@pytest.fixture(params=[0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_the_secrets_are_private_whatever_the_umask(flaskgen: Run, tmp_path: Path, umask: int) -> None:
    made(flaskgen("new", "shop", "--no-dev", "--json"))
    assert (tmp_path / "shop" / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "shop" / "pyproject.toml").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("command", [["new", "other"], ["add", "mail"]])
def test_a_umask_that_takes_the_users_own_rights_is_refused(
    flaskgen: Run, tmp_path: Path, command: list[str]
) -> None:
    made(flaskgen("new", "shop", "--no-install", "--json"))
    before = listing(tmp_path)
    umask = os.umask(0o777)
    try:
        done = flaskgen(*command, cwd=tmp_path / "shop" if command[0] == "add" else tmp_path)
    finally:
        os.umask(umask)
    assert done.returncode == 1
    assert "error: the umask is 777" in done.stderr
    assert "hint: set it: umask 022" in done.stderr
    assert listing(tmp_path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root can run it with somebody's home")
def test_root_writes_nothing_into_somebodys_home(flaskgen: Run, tmp_path: Path) -> None:
    home = tmp_path / "ada"
    (home / ".cache").mkdir(parents=True)
    for folder in (home, home / ".cache"):
        os.chown(folder, 65534, 65534)
    told = made(flaskgen("new", "shop", "--no-dev", "--json", HOME=str(home), XDG_CACHE_HOME=""))
    assert told["verified"]["status"] == 200
    assert listing(home / ".cache") == {}


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
@pytest.mark.parametrize("clock", ["1970-01-02 00:00:00", "2099-06-01 00:00:00"])
def test_a_wrong_clock_changes_nothing(flaskgen: Run, tmp_path: Path, clock: str) -> None:
    """That of flaskgen, which passes nothing on that could change the clock of uv, pip or git too."""
    trees = []
    for name, before in (("right", []), ("wrong", ["faketime", clock])):
        (tmp_path / name).mkdir()
        command = [*before, sys.executable, "-m", "flaskgen", "new", "shop", "--with", "login", "--json"]
        made(subprocess.run(command, cwd=tmp_path / name, capture_output=True, text=True, check=False))
        command = [*before, sys.executable, "-m", "flaskgen", "freeze", "--check"]
        subprocess.run(command, cwd=tmp_path / name / "shop", capture_output=True, check=True)
        trees.append(digests(tmp_path / name / "shop"))
    assert trees[0] == trees[1]


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
    assert "note: what was created was removed: there is no `shop`" in completed.stderr
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
limit = getattr(resource, sys.argv[1])
resource.setrlimit(limit, (int(sys.argv[2]), resource.getrlimit(limit)[1]))
from flaskgen.cli.main import main
main(sys.argv[3:])
"""


@pytest.mark.parametrize(
    ("limit", "size"),
    [
        *(("RLIMIT_FSIZE", size) for size in (0, 100, 1000, 5000, 40_000, 200_000)),
        *(("RLIMIT_NOFILE", size) for size in (8, 10)),
    ],
)
def test_what_the_system_does_not_allow_ends_the_run_without_a_trace(
    tmp_path: Path, limit: str, size: int
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    completed = subprocess.run(
        [sys.executable, "-B", "-c", _LIMITED, limit, str(size), "new", "shop", "--preset", "web", "--yes"],
        cwd=here,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert completed.returncode == 1, completed.stderr
    assert completed.stderr.count("error: ") == 1
    assert "Traceback" not in completed.stderr
    # Without a file that can be opened, nothing can be removed either.
    assert list(here.iterdir()) == [] or "is incomplete: run the command again" in completed.stderr


def test_an_application_that_does_not_start_is_named_and_removed(tmp_path: Path) -> None:
    """With the templates of a directory in which somebody broke one."""
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
