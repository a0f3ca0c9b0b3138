"""What all verbs share, however the project changes while they run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands import add, undo
from flaskgen.commands.plan import ChangeSettings
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import hold_project
from flaskgen.effects.transaction.log import LOG
from flaskgen.errors import CannotWrite
from tests.commands.projects import FILES_ONLY, Meanwhile, files_of, read_project, write_project

WRITING = "Write the project's files"
EXTENSIONS = PurePosixPath("shop/extensions.py")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["production"]))


def edited_meanwhile(project: Path, path: PurePosixPath | str, content: bytes) -> Session:
    return Session(Meanwhile(WRITING, lambda: (project / path).write_bytes(content)))


def state_with(files: dict[PurePosixPath, bytes], path: PurePosixPath | str, content: bytes) -> object:
    return {**files, PurePosixPath(path): content}


@pytest.mark.parametrize("path", [str(EXTENSIONS), "requirements.txt", ".flaskgen/project.toml"])
def test_a_file_that_is_edited_during_the_run_stops_the_change(project: Path, path: str) -> None:
    session = edited_meanwhile(project, path, b"# mine\n")
    with pytest.raises(CannotWrite, match=f"`{path}` changed while flaskgen was running") as raised:
        add(project, ["mail"], settings=FILES_ONLY, session=session)
    assert raised.value.hint == "run the command again"
    assert read_project(project) == state_with(files_of(["production"]), path, b"# mine\n")


def test_what_was_done_before_a_failure_is_undone(project: Path) -> None:
    def fail() -> None:
        raise CannotWrite("the disk is gone")

    with pytest.raises(CannotWrite, match="the disk is gone"):
        add(project, ["mail"], settings=FILES_ONLY, session=Session(Meanwhile(WRITING, fail)))
    assert read_project(project) == files_of(["production"])
    assert not (project / LOG).exists()


def test_a_dry_run_waits_for_nobody_and_leaves_no_trace(project: Path) -> None:
    with hold_project(project, session=Session()):
        outcome = add(project, ["mail"], settings=ChangeSettings(install=False, dry_run=True))
    assert (outcome.made, outcome.plan.is_empty) == (False, False)
    assert read_project(project) == files_of(["production"])
    assert {path.name for path in (project / ".flaskgen").iterdir()} == {"base.zip", "project.toml"}


@pytest.mark.e2e
def test_an_edit_while_packages_are_installed_is_kept(
    project: Path, flaskgen: Callable[..., object], tmp_path: Path
) -> None:
    flaskgen("new", "store", "-x", "production", "--no-git", "--no-verify", "-q", "-y")
    store = tmp_path / "store"
    file = store / "store" / "__init__.py"
    mine = b"# Mine.\n" + file.read_bytes()
    session = Session(Meanwhile("Install", lambda: file.write_bytes(mine)))
    with pytest.raises(CannotWrite, match="changed while flaskgen was running"):
        add(store, ["mail", "bootstrap"], session=session)
    assert file.read_bytes() == mine
    outcome = add(store, ["mail", "bootstrap"])
    assert outcome.answer is not None
    assert outcome.answer.works
    assert file.read_bytes().startswith(b"# Mine.\n")
    assert b"mail.init_app(app)" in file.read_bytes()
    undo(store)
    assert file.read_bytes() == mine
