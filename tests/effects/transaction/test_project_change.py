"""Changing many files: all or none, also where the run is killed."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.transaction.backup import BACKUP, CHANGE, read_backup
from flaskgen.effects.transaction.project_change import (
    PackageLines,
    announce_packages,
    make_change,
    recover,
    take_back,
    touched_since,
    withdraw_announcement,
)
from flaskgen.errors import CannotWrite

OLD = {"a.py": "a\n", "pkg/b.py": "b\n", "pkg/sub/c.py": "c\n"}
CHANGES: dict[str, str | None] = {"a.py": "A\n", "pkg/sub/c.py": None, "new/deep/d.py": "d\n", "e.py": "e\n"}
NEW = {"a.py": "A\n", "pkg/b.py": "b\n", "new/deep/d.py": "d\n", "e.py": "e\n"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for path, text in OLD.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "pkg/sub/c.py").chmod(0o755)
    (folder / "pkg/sub/__pycache__").mkdir()
    (folder / "pkg/sub/__pycache__/c.pyc").touch()
    return folder


def contents(changes=CHANGES):
    return {PurePosixPath(path): text and text.encode() for path, text in changes.items()}


def files(project: Path) -> dict[str, str]:
    found = (path for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc")
    named = {path.relative_to(project).as_posix(): path for path in found}
    return {
        name: path.read_text() for name, path in named.items() if not name.startswith(".flaskgen/backup/")
    }


def test_a_change_can_be_taken_back(project: Path):
    make_change(project, contents(), title="add mail", packages=PackageLines(("x==1",), ("y==2",)))
    assert files(project) == NEW
    assert not (project / "pkg/sub").exists()
    backup = read_backup(project / BACKUP)
    assert backup is not None
    assert (backup.title, backup.installed, backup.uninstalled) == ("add mail", ("x==1",), ("y==2",))
    assert touched_since(project, backup) == ()
    take_back(project, backup)
    assert files(project) == OLD
    assert not (project / "new").exists()
    assert stat.S_IMODE((project / "pkg/sub/c.py").stat().st_mode) == 0o755
    assert read_backup(project / BACKUP) is None


def test_what_was_edited_since_is_named(project: Path):
    make_change(project, contents(), title="add mail")
    backup = read_backup(project / BACKUP)
    assert backup is not None
    (project / "e.py").write_text("mine\n")
    (project / "pkg/sub").mkdir()
    (project / "pkg/sub/c.py").write_text("mine\n")
    assert touched_since(project, backup) == ("pkg/sub/c.py", "e.py")


def test_modes_and_links_stay_and_secrets_are_private(project: Path, tmp_path: Path):
    (tmp_path / "real.py").write_text("old\n")
    (project / "link.py").symlink_to(tmp_path / "real.py")
    (project / "a.py").chmod(0o640)
    changes = {PurePosixPath(name): b"x\n" for name in ("a.py", "link.py", ".key")}
    make_change(project, changes, title="add", private=frozenset({PurePosixPath(".key")}))
    assert stat.S_IMODE((project / "a.py").stat().st_mode) == 0o640
    assert (project / "link.py").is_symlink()
    assert (tmp_path / "real.py").read_text() == "x\n"
    assert stat.S_IMODE((project / ".key").stat().st_mode) == 0o600


@pytest.mark.parametrize("obstacle", ["e.py/x", "pkg/b.py/x"])
def test_a_failure_leaves_all_as_it_was(project: Path, obstacle: str):
    if obstacle == "e.py/x":
        (project / "e.py").mkdir()
        (project / obstacle).touch()
    before = files(project)
    with pytest.raises(CannotWrite):
        make_change(project, {**contents(), PurePosixPath(obstacle): b"x"}, title="add mail")
    assert files(project) == before
    assert not (project / "new").exists()
    assert not (project / CHANGE).exists()


def test_the_backup_stays_out_of_git(project: Path):
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    make_change(project, contents(), title="add mail")
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=project, capture_output=True, text=True
    )
    assert ".flaskgen" not in status.stdout
    assert "e.py" in status.stdout


KILLED = """
import os, signal, sys
from pathlib import Path, PurePosixPath
from flaskgen.effects.transaction.project_change import make_change

calls = 0

def deadly(function):
    def wrapper(*arguments, **options):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return wrapper

os.replace, os.unlink, os.mkdir, os.link = map(deadly, (os.replace, os.unlink, os.mkdir, os.link))
os.fsync = deadly(os.fsync)
changes = {PurePosixPath(path): text and text.encode() for path, text in %r.items()}
make_change(Path(sys.argv[1]), changes, title="add mail")
print("made")
"""


def test_killed_anywhere_it_is_all_or_nothing_after_the_next_run(project: Path, tmp_path: Path):
    """The program is killed before its first step on the disk, its second, and so on, until it is done."""
    outcomes = set()
    for step in range(1, 100):
        folder = tmp_path / f"shop{step}"
        subprocess.run(["cp", "-a", project, folder], check=True)
        done = subprocess.run(
            [sys.executable, "-c", KILLED % CHANGES, folder, str(step)], capture_output=True, text=True
        )
        if done.stdout == "made\n":
            break
        assert done.returncode == -signal.SIGKILL
        left = files(folder)
        recovered = recover(folder)
        withdraw_announcement(folder)
        assert files(folder) in (OLD, NEW), step
        outcomes.add((left in (OLD, NEW), recovered is not None))
        assert not (folder / CHANGE).exists()
        if files(folder) == OLD:
            assert not (folder / "new").exists()
    assert files(folder) == NEW
    assert (False, True) in outcomes, "no kill hit the middle"
    assert step > 20


def test_packages_that_were_announced_are_known_after_a_kill(project: Path):
    announce_packages(project, PackageLines(("x==1",), ("y==2",), ("a",)), title="add mail")
    recovered = recover(project)
    assert recovered is not None
    backup = recovered[0]
    assert (backup.installed, backup.uninstalled, backup.entries) == (("x==1",), ("y==2",), ("a",))
    withdraw_announcement(project)
    assert recover(project) is None
    assert files(project) == OLD


def test_what_was_edited_after_a_kill_stays(project: Path):
    make_change(project, contents(), title="add mail")
    os.replace(project / BACKUP, project / CHANGE)  # as a kill before the last step leaves it
    (project / "a.py").write_text("mine\n")
    recovered = recover(project)
    assert recovered is not None
    assert (recovered[0].title, recovered[1]) == ("add mail", ("a.py",))
    withdraw_announcement(project)
    assert files(project) == {**OLD, "a.py": "mine\n"}


def test_a_backup_that_leads_out_of_the_project_is_refused(project: Path):
    make_change(project, contents(), title="add mail")
    index = project / BACKUP / "change.json"
    facts = json.loads(index.read_text())
    facts["files"][0]["path"] = "../outside.py"
    index.write_text(json.dumps(facts))
    with pytest.raises(CannotWrite, match="cannot be read"):
        read_backup(project / BACKUP)
