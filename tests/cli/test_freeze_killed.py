"""A freeze that is killed at any call that changes the disk: all old or all new, then by the next all new."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.effects.tiny_packages import build_wheel, make_environment
from tests.reliability.kills import has_strace, points_in

CALLS = "mkdir,rename,link,unlink,unlinkat,write"
FREEZE = [sys.executable, "-m", "flaskgen", "freeze", "-q", "--venv", "../env"]


@pytest.fixture(params=["a project", "any folder"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A directory with two requirements files, one of them a link, of which neither is what is installed."""
    folder = tmp_path / "kept"
    folder.mkdir()
    if request.param == "a project":
        (folder / ".flaskgen").mkdir()
        (folder / ".flaskgen" / "project.toml").touch()
    (folder / "pyproject.toml").write_text('[dependency-groups]\ndev = ["pytest"]\n')
    (folder / "requirements.txt").write_text("flask==3.0\n")
    (folder / "linked").mkdir()
    (folder / "linked" / "dev.txt").write_text("# Frozen by `flaskgen freeze`\npytest==8\n")
    (folder / "requirements-dev.txt").symlink_to("linked/dev.txt")
    wheels = build_wheel(tmp_path, "Flask", "3.1.3"), build_wheel(tmp_path, "pytest", "9")
    make_environment(tmp_path / "env", *wheels)
    return folder


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def requirements(folder: Path) -> list[str]:
    return [(folder / name).read_text() for name in ("requirements.txt", "linked/dev.txt")]


def strace(*options: str, cwd: Path) -> int:
    command = ["strace", "-f", "-qq", *options, *FREEZE]
    return subprocess.run(command, cwd=cwd, env=dict(os.environ), capture_output=True).returncode


@pytest.mark.e2e
@pytest.mark.skipif(not has_strace(), reason="strace is not installed")
def test_a_killed_freeze_is_put_right_by_the_next(
    kept: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, log = kept.with_name("here"), kept.with_name("log")
    shutil.copytree(kept, here, symlinks=True)
    assert strace("-o", str(log), "-e", f"trace={CALLS}", cwd=here) == 0
    old, new, done = requirements(kept), requirements(here), files(here)
    assert old[0] != new[0]
    assert old[1] != new[1]
    mixed = 0
    for point in points_in(log.read_text()):
        shutil.rmtree(here)
        shutil.copytree(kept, here, symlinks=True)
        monkeypatch.chdir(here)
        inject = f"inject={point.syscall}:signal=KILL:when={point.number}"
        strace("-o", "/dev/null", "-e", f"trace={point.syscall}", "-e", inject, cwd=here)
        if requirements(here) not in (old, new):
            mixed += 1
            assert invoke("freeze", "--venv", "../env", "--check").code == 1, point
        result = invoke("freeze", "--venv", "../env")
        assert result.code == 0, (point, result.err)
        assert files(here) == done, point
        assert (here / "requirements-dev.txt").is_symlink()
    assert mixed, "no kill hit the middle"
