from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.claim import Claim, claim_destination
from flaskgen.effects.transaction.journal import Journal
from flaskgen.errors import FlaskgenError, InvalidDestination, ProjectExists


class Stop(Exception):
    """What ends a run in these tests."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def listing(folder: Path) -> Mapping[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def make(path: Path, text: str = "made") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def leave_unfinished(project: Path, journal: Journal) -> None:
    (project / ".flaskgen").mkdir(parents=True, exist_ok=True)
    journal.write(project)


def failed_run(project: Path, work: Callable[[Claim], None]) -> Stop:
    def run() -> None:
        with claim_destination(project, session=Session()) as claim:
            work(claim)
            raise Stop

    with pytest.raises(Stop) as raised:
        run()
    return raised.value


def test_success_leaves_no_lock_and_no_marker(project: Path) -> None:
    with claim_destination(project, session=Session()) as claim:
        claim.will_make(files=[PurePosixPath("shop/app.py")])
        make(project / "shop/app.py")
        claim.complete()
    assert listing(project) == {"shop": None, "shop/app.py": b"made"}


def test_failure_removes_all_that_was_made_and_says_so(project: Path, tmp_path: Path) -> None:
    make(tmp_path / "canary")
    before = listing(tmp_path)

    def work(claim: Claim) -> None:
        files = [PurePosixPath("shop/app.py"), PurePosixPath("wsgi.py")]
        claim.will_make(files=files, trees=[project / ".venv"])
        make(project / "shop/app.py")
        make(project / "shop/__pycache__/app.pyc")
        make(project / "wsgi.py")
        make(project / "__pycache__/wsgi.cpython-313.pyc")
        make(project / ".venv/bin/python")

    error = failed_run(project, work)
    assert listing(tmp_path) == before
    assert error.__notes__ == ["what was made is removed: there is no `shop`"]


def test_failure_keeps_what_was_there_before(project: Path) -> None:
    for name in ("README.md", ".git/config", "LICENSE"):
        make(project / name, "mine")
    project.chmod(0o750)
    before = listing(project)

    def work(claim: Claim) -> None:
        claim.will_make(files=[PurePosixPath("README.md"), PurePosixPath("app.py")], trees=[project / ".git"])
        make(project / "app.py")
        make(project / "__pycache__/app.cpython-313.pyc")

    error = failed_run(project, work)
    assert listing(project) == before
    assert project.stat().st_mode & 0o777 == 0o750
    assert error.__notes__ == ["what was made in `shop` is removed"]


def test_a_file_that_somebody_adds_during_the_run_stays(project: Path) -> None:

    def work(claim: Claim) -> None:
        claim.will_make(files=[PurePosixPath("shop/app.py")])
        make(project / "shop/app.py")
        make(project / "shop/notes.txt", "mine")

    error = failed_run(project, work)
    assert listing(project) == {"shop": None, "shop/notes.txt": b"mine"}
    assert "something else is in it" in error.__notes__[0]


def test_an_environment_elsewhere_is_removed_with_the_folder_made_for_it(
    project: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "deep" / "envs" / "shop"

    def work(claim: Claim) -> None:
        claim.will_make(trees=[environment])
        make(environment / ".project", f"{project}\n")
        make(environment / "bin/python")

    failed_run(project, work)
    assert listing(tmp_path) == {}


def test_another_run_is_refused_while_one_holds_the_destination(project: Path) -> None:
    with claim_destination(project, session=Session()) as claim:
        second = claim_destination(project, session=Session())
        with pytest.raises(ProjectExists, match="another flaskgen is making `shop` right now"):
            second.__enter__()
        claim.complete()


def test_a_project_made_between_the_check_and_the_claim_is_not_touched(project: Path) -> None:
    make(project / ".flaskgen/project.toml", "")
    before = listing(project)
    with (
        pytest.raises(ProjectExists, match="a flaskgen project already"),
        claim_destination(project, session=Session()),
    ):
        pass
    assert listing(project) == before


def test_what_a_killed_run_left_is_cleared(project: Path) -> None:
    leave_unfinished(project, Journal(True, files=["shop/app.py", ".env"], trees=[".venv"]))
    make(project / "shop/app.py")
    make(project / "shop/__pycache__/app.pyc")
    make(project / ".venv/bin/python")
    make(project / ".flaskgen/incomplete.partial")

    def work(claim: Claim) -> None:
        assert set(listing(project)) == {".flaskgen", ".flaskgen/incomplete", ".flaskgen/lock"}

    failed_run(project, work)
    assert not project.exists()  # the killed run had made it


def test_what_a_killed_run_left_in_an_existing_directory_is_cleared_around_the_users_files(
    project: Path,
) -> None:
    make(project / "README.md", "mine")
    leave_unfinished(project, Journal(False, files=["shop/app.py"]))
    make(project / "shop/app.py")
    with claim_destination(project, session=Session()) as claim:
        claim.complete()
    assert listing(project) == {"README.md": b"mine"}


def test_a_copied_journal_does_not_reach_the_environment_of_its_original(
    project: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "envs" / "shop"
    make(environment / ".project", f"{tmp_path / 'original'}\n")
    before = listing(environment)
    leave_unfinished(project, Journal(True, outside=[str(environment)], parents=[str(environment.parent)]))
    with claim_destination(project, session=Session()) as claim:
        claim.complete()
    assert listing(environment) == before


@pytest.mark.parametrize("target", ["/", "~", ".."])
def test_a_hostile_journal_removes_nothing_elsewhere(
    project: Path, tmp_path: Path, home: Path, target: str
) -> None:
    victim = {"/": tmp_path / "victim", "~": home, "..": tmp_path}[target]
    make(victim / "file", "mine")
    leave_unfinished(project, Journal(True, outside=[str(victim)], parents=[str(victim)]))
    with claim_destination(project, session=Session()) as claim:
        claim.complete()
    assert (victim / "file").read_text() == "mine"


@pytest.mark.parametrize("field", ["files", "trees"])
@pytest.mark.parametrize("path", ["../victim", "/etc/hostname", "a/../../victim", ""])
def test_a_journal_with_paths_outside_is_refused(
    project: Path, tmp_path: Path, field: str, path: str
) -> None:
    make(tmp_path / "victim", "mine")
    leave_unfinished(project, Journal(True, **{field: [path]}))
    before = listing(tmp_path)
    with pytest.raises(ProjectExists, match="journal"), claim_destination(project, session=Session()):
        pass
    after = listing(tmp_path)
    assert {name: after[name] for name in before} == before


def test_a_journal_is_not_followed_through_a_link(project: Path, tmp_path: Path) -> None:
    make(tmp_path / "victim/file", "mine")
    make(tmp_path / "victim/tree/file", "mine")
    make(tmp_path / "victim/__pycache__/x.pyc", "mine")
    before = listing(tmp_path / "victim")
    leave_unfinished(
        project, Journal(True, files=["link/file", "link/new"], trees=["link/tree", "venv-link"])
    )
    (project / "link").symlink_to(tmp_path / "victim")
    (project / "venv-link").symlink_to(tmp_path / "victim")
    with pytest.raises(ProjectExists), claim_destination(project, session=Session()):
        pass  # the links are still there, and in the way
    assert listing(tmp_path / "victim") == before


def test_a_destination_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    make(tmp_path / "file")
    with (
        pytest.raises(InvalidDestination, match="Not a directory"),
        claim_destination(tmp_path / "file/shop", session=Session()),
    ):
        pass


def test_a_full_disk_under_the_journal_leaves_nothing(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # or it would be cut off
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with (
            pytest.raises(FlaskgenError, match="File too large"),
            claim_destination(project, session=Session()),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert listing(tmp_path) == {}


_HOLD_UNTIL_SIGNALLED = """
import signal, sys, time
from pathlib import Path
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.claim import Claim, claim_destination

def stop(number, frame):
    raise SystemExit(128 + number)

signal.signal(signal.SIGTERM, stop)
with claim_destination(Path(sys.argv[1]), session=Session()) as claim:
    claim.will_make(trees=[Path(sys.argv[1], ".venv")])
    for number in range(300):
        Path(sys.argv[1], ".venv", str(number)).mkdir(parents=True)
    print("made", flush=True)
    time.sleep(60)
"""


def test_a_second_signal_does_not_cut_the_cleaning_short(project: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_UNTIL_SIGNALLED, project], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "made\n"
        run.send_signal(signal.SIGTERM)
        while all((project / ".venv" / str(number)).exists() for number in range(300)):  # not yet cleaning
            time.sleep(0.001)
        for _ in range(20):
            run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 128 + signal.SIGTERM
    assert listing(tmp_path) == {}


def test_a_stale_lock_with_a_living_pid_in_it_does_not_block(project: Path) -> None:
    make(project / ".flaskgen/lock", str(os.getpid()))
    with claim_destination(project, session=Session()) as claim:
        claim.complete()
    assert listing(project) == {}
