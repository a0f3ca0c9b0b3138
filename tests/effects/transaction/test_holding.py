"""Hold a project or a destination; what a killed run left is put back first."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from flaskgen.effects.system.session import Reporter, Session
from flaskgen.effects.transaction.holding import (
    hold_destination,
    hold_project,
    require_no_interrupted_change,
)
from flaskgen.effects.transaction.log import LOG, LoggedFile, LoggedPackages, digest
from flaskgen.effects.transaction.transaction import transaction
from flaskgen.errors import CannotWrite, InstallFailed, InvalidDestination, NotAProject, ProjectExists
from tests.effects.transaction.changes import (
    OLD,
    Elsewhere,
    create,
    fail,
    files,
    leave_log,
    listing,
    make,
    write,
)


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "new" / "shop"


def held(path: Path) -> AbstractContextManager[tuple[Path, ...]]:
    return hold_destination(path, session=Session())


# A project


def test_a_project_that_is_held_looks_as_before_afterwards(project: Path) -> None:
    before = listing(project)
    with hold_project(project, session=Session()):
        assert (project / ".flaskgen/lock").exists()
    assert listing(project) == before


def test_an_incomplete_project_is_refused(project: Path) -> None:
    leave_log(project, title="new shop", creates=True)
    before = listing(project)
    with pytest.raises(NotAProject, match="is incomplete"), hold_project(project, session=Session()):
        pass
    assert listing(project) == before


def test_a_project_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    make(tmp_path / ".flaskgen", "a file")
    with pytest.raises(CannotWrite, match="is not a directory"), hold_project(tmp_path, session=Session()):
        pass


@pytest.mark.parametrize("hold", [hold_project, hold_destination])
@pytest.mark.parametrize("link", [".flaskgen", ".flaskgen/lock", ".flaskgen/transaction", ".flaskgen/undo"])
@pytest.mark.parametrize("target", ["victim", "victim/file", "nowhere"])
def test_links_of_a_clone_lead_no_run_out_of_it(tmp_path: Path, hold: Any, link: str, target: str) -> None:
    for name in ("file", "lock", "transaction/file", "undo/000001/log.json"):
        make(tmp_path / "victim" / name, "mine")
    clone = tmp_path / "clone"
    (clone / link).parent.mkdir(parents=True)
    (clone / link).symlink_to(tmp_path / target)
    before = listing(tmp_path)
    with pytest.raises(CannotWrite, match=f"{link}` is a link"), hold(clone, session=Session()):
        pass
    assert listing(tmp_path) == before


def test_what_was_edited_after_a_kill_stays_and_is_named(project: Path) -> None:
    leave_log(
        project,
        files=(
            LoggedFile("a.py", digest(b"old a\n"), digest(b"A\n"), 0o644),
            LoggedFile("e.py", None, digest(b"e\n")),
        ),
    )
    make(project / "a.py", "mine\n")
    make(project / "e.py", "e\n")
    reporter = Reporter()
    with hold_project(project, session=Session(reporter)):
        assert files(project) == {**OLD, "a.py": "mine\n"}
    assert reporter.warnings == [
        "`flaskgen add mail` was interrupted: its changes were rolled back",
        "`a.py` was edited in the meantime, and stays as it is",
    ]


@pytest.mark.parametrize("restores", [True, False])
def test_packages_of_a_killed_change_are_restored_by_who_can(project: Path, restores: bool) -> None:
    packages = LoggedPackages(("x==1",), ("y==2",), ("a",))
    leave_log(project, packages=packages)
    restored: list[LoggedPackages] = []
    with hold_project(project, session=Session(), restore=restored.append if restores else None):
        assert restored == [packages] * restores
    assert not (project / LOG).exists()


def test_packages_that_cannot_be_restored_keep_the_log_until_they_can(project: Path) -> None:
    leave_log(
        project,
        packages=LoggedPackages(("x==2",), ("x==1", "y==2")),
        files=(LoggedFile("e.py", None, digest(b"e\n")),),
    )
    make(project / "e.py", "e\n")
    problems: list[Exception] = [InstallFailed("no network"), PermissionError(1, "Not permitted")]

    def restore(_: LoggedPackages) -> None:
        if problems:
            raise problems.pop(0)

    for problem in ("no network", "Not permitted"):
        with pytest.raises(CannotWrite) as raised, hold_project(project, session=Session(), restore=restore):
            pass
        assert raised.value.message == (
            "`flaskgen add mail` was interrupted here, and cannot be rolled back: "
            f"cannot restore the environment (x==1, y==2): {problem}"
        )
        assert raised.value.hint is not None
        assert "--no-install" in raised.value.hint
        assert (project / LOG).exists()
        assert files(project) == OLD
    with hold_project(project, session=Session(), restore=restore):
        assert not (project / LOG).exists()


def test_a_dry_run_is_refused_while_files_are_half_changed(project: Path) -> None:
    require_no_interrupted_change(project)
    leave_log(project)
    with pytest.raises(CannotWrite, match="`flaskgen add mail` was interrupted"):
        require_no_interrupted_change(project)


# A destination


def test_success_leaves_the_project_and_no_log(destination: Path, tmp_path: Path) -> None:
    create(destination, tmp_path / "environment")
    assert {path.name for path in destination.iterdir()} == {
        ".flaskgen", ".venv", "a.py", "e.py", "new", "pkg"
    }  # fmt: skip
    assert [path.name for path in (destination / ".flaskgen").iterdir()] == ["project.toml"]


def test_failure_removes_all_that_was_made_and_says_so(destination: Path, tmp_path: Path) -> None:
    make(tmp_path / "canary")
    before = listing(tmp_path)
    make(tmp_path / "file")
    with pytest.raises(Elsewhere) as raised:
        create(destination, tmp_path / "file/environment")
    (tmp_path / "file").unlink()
    assert listing(tmp_path) == before
    assert raised.value.__notes__ == ["what was created was removed: there is no `shop`"]


def test_failure_keeps_what_was_there_before(destination: Path) -> None:
    for name in ("README.md", ".git/config", "LICENSE"):
        make(destination / name, "mine")
    destination.chmod(0o750)
    before = listing(destination)

    def work(created: tuple[Path, ...]) -> None:
        assert created == ()
        with transaction(destination, "new shop", session=Session(), creates=True) as change:
            change.will_make([destination / ".git"])
            write(change, destination, {"app.py": "x"})
            make(destination / "__pycache__/app.cpython-313.pyc")
            raise Elsewhere

    error = fail(held(destination), work)
    assert listing(destination) == before
    assert destination.stat().st_mode & 0o777 == 0o750
    assert error.__notes__ == ["what was created in `shop` was removed"]


def test_a_file_that_somebody_adds_during_the_run_stays(destination: Path) -> None:

    def work(created: tuple[Path, ...]) -> None:
        assert created == (destination, destination.parent)
        with transaction(destination, "new shop", session=Session(), creates=True) as change:
            write(change, destination, {"shop/app.py": "x"})
            make(destination / "shop/notes.txt", "mine")
            raise Elsewhere

    error = fail(held(destination), work)
    assert listing(destination) == {"shop": None, "shop/notes.txt": b"mine"}
    assert "something else is in it" in error.__notes__[0]


def test_another_run_is_refused_while_one_holds_the_destination(destination: Path) -> None:
    with held(destination):
        second = held(destination)
        with pytest.raises(ProjectExists, match="another flaskgen is creating `shop` right now"):
            second.__enter__()


@pytest.mark.parametrize("killed", [False, True])
def test_a_project_that_was_made_meanwhile_is_not_touched(project: Path, killed: bool) -> None:
    if killed:  # in a change of it
        leave_log(project, files=tuple(LoggedFile(path, None, None) for path in OLD))
    before = listing(project)
    with pytest.raises(ProjectExists, match="already a flaskgen project"), held(project):
        pass
    assert listing(project) == before


def test_a_destination_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    make(tmp_path / "file")
    with pytest.raises(InvalidDestination, match="Not a directory"), held(tmp_path / "file/shop"):
        pass


_HOLD_UNTIL_SIGNALLED = """
import signal, sys, time
from pathlib import Path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import hold_destination
from flaskgen.effects.transaction.transaction import transaction

def stop(number, frame):
    raise SystemExit(128 + number)

project, session = Path(sys.argv[1]), Session()
signal.signal(signal.SIGTERM, stop)
with hold_destination(project, session=session) as created:
    with transaction(project, "new", session=session, creates=True, created=created) as change:
        change.will_make([project / ".venv"])
        for number in range(300):
            Path(project, ".venv", str(number)).mkdir(parents=True)
        print("made", flush=True)
        time.sleep(60)
"""


def test_a_second_signal_does_not_cut_the_cleaning_short(destination: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD_UNTIL_SIGNALLED, str(destination)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "made\n"
        run.send_signal(signal.SIGTERM)
        while all((destination / ".venv" / str(number)).exists() for number in range(300)):
            time.sleep(0.001)  # not yet cleaning
        for _ in range(20):
            run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 128 + signal.SIGTERM
    assert listing(tmp_path) == {}


# A destination in which a run of `new` was killed


def test_what_a_killed_run_left_is_cleared(destination: Path) -> None:
    made = (destination, destination.parent)
    leave_log(
        destination,
        title="new shop",
        creates=True,
        created=tuple(map(str, made)),
        files=(LoggedFile("shop/app.py", None, digest(b"made")), LoggedFile(".env", None, digest(b""))),
        directories=("shop",),
        trees=(".venv",),
    )
    for name in ("shop/app.py", "shop/__pycache__/app.cpython-313.pyc", ".venv/bin/python"):
        make(destination / name)
    make(destination / ".flaskgen/transaction/log.json.new")
    make(destination / "shop/.app.py.0123abcd.flaskgen-new")

    def work(created: tuple[Path, ...]) -> None:
        assert set(listing(destination)) == {".flaskgen", ".flaskgen/lock"}
        assert created == made

    fail(held(destination), work)
    assert not destination.parent.exists()  # the killed run had made it


def test_what_a_killed_run_left_around_the_users_files_is_cleared(destination: Path) -> None:
    make(destination / "README.md", "mine")
    leave_log(
        destination,
        title="new shop",
        creates=True,
        files=(LoggedFile("shop/app.py", None, digest(b"made")),),
        directories=("shop",),
    )
    make(destination / "shop/app.py")
    with held(destination):
        pass
    assert listing(destination) == {"README.md": b"mine"}
