"""What all verbs share, however the project changes while they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.commands import add, remove, undo
from flaskgen.commands.plan import ChangeSettings
from flaskgen.effects.system.session import Session
from flaskgen.effects.transaction.holding import hold_project
from flaskgen.effects.transaction.log import LOG
from flaskgen.effects.transaction.transaction import Transaction
from flaskgen.errors import CannotWrite, FilesChanged, MergeConflict
from flaskgen.planning.merging.plan import ConflictPolicy, Status
from flaskgen.reporting import Reporter
from tests.commands.projects import FILES_ONLY, files_of, read_project, write_project

WRITING = "Write the project's files"
EXTENSIONS = PurePosixPath("shop/extensions.py")


class Meanwhile(Reporter):
    """Somebody who edits the project while a step is under way."""

    def __init__(self, step: str, edit: Callable[[], object]) -> None:
        super().__init__()
        self._step, self._edit = step, edit

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        if title.startswith(self._step):
            self._edit()
        yield


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", files_of(["production"]))


def edited_meanwhile(project: Path, path: PurePosixPath | str, content: bytes) -> Session:
    return Session(Meanwhile(WRITING, lambda: (project / path).write_bytes(content)))


def state_with(files: dict[PurePosixPath, bytes], path: PurePosixPath | str, content: bytes) -> object:
    return {**files, PurePosixPath(path): content}


def test_a_file_that_is_edited_during_the_run_is_merged_again(project: Path) -> None:
    mine = b"# Mine.\n" + files_of(["production"])[EXTENSIONS]
    session = edited_meanwhile(project, EXTENSIONS, mine)
    outcome = add(project, ["mail"], settings=FILES_ONLY, session=session)
    assert {change.path: change.status for change in outcome.plan.files.changes}[EXTENSIONS] is Status.UPDATE
    assert {change.path: change.status for change in outcome.files.changes}[EXTENSIONS] is Status.MERGE
    expected = b"# Mine.\n" + files_of(["mail"])[EXTENSIONS]
    assert read_project(project) == state_with(files_of(["mail"]), EXTENSIONS, expected)
    undo(project, settings=FILES_ONLY)
    assert read_project(project) == state_with(files_of(["production"]), EXTENSIONS, mine)


@pytest.mark.parametrize("policy", [ConflictPolicy.STOP, ConflictPolicy.OURS])
def test_an_edit_during_the_run_that_conflicts_is_settled_as_any_other(
    project: Path, policy: ConflictPolicy
) -> None:
    session = edited_meanwhile(project, "shop/models.py", b"mine\n")
    settings = ChangeSettings(install=False, policy=policy)
    if policy is ConflictPolicy.STOP:
        with pytest.raises(MergeConflict):
            add(project, ["sqlalchemy"], settings=settings, session=session)
        assert read_project(project) == state_with(files_of(["production"]), "shop/models.py", b"mine\n")
    else:
        add(project, ["sqlalchemy"], settings=settings, session=session)
        assert read_project(project) == state_with(files_of(["sqlalchemy"]), "shop/models.py", b"mine\n")


def test_a_file_that_is_deleted_during_the_run_stays_deleted(project: Path) -> None:
    session = Session(Meanwhile(WRITING, (project / EXTENSIONS).unlink))
    outcome = add(project, ["mail"], settings=FILES_ONLY, session=session)
    assert {change.path: change.status for change in outcome.files.changes}[EXTENSIONS] is Status.SKIP
    expected = files_of(["mail"])
    del expected[EXTENSIONS]
    assert read_project(project) == expected


def test_what_is_edited_before_it_is_removed_stays(project: Path) -> None:
    add(project, ["mail"], settings=FILES_ONLY)
    session = edited_meanwhile(project, "shop/mailer.py", b"mine\n")
    outcome = remove(project, ["mail"], settings=FILES_ONLY, session=session)
    statuses = {str(change.path): change.status for change in outcome.files.changes}
    assert statuses["shop/mailer.py"] is Status.KEEP
    assert read_project(project) == state_with(files_of(["production"]), "shop/mailer.py", b"mine\n")


@pytest.mark.parametrize("path", ["requirements.txt", ".flaskgen/project.toml"])
def test_a_file_that_no_template_makes_stops_a_change_when_it_is_edited(project: Path, path: str) -> None:
    session = edited_meanwhile(project, path, b"# mine\n")
    with pytest.raises(FilesChanged, match=f"`{path}` changed while flaskgen was running") as raised:
        add(project, ["mail"], settings=FILES_ONLY, session=session)
    assert raised.value.hint == "run the command again"
    assert read_project(project) == state_with(files_of(["production"]), path, b"# mine\n")


def test_a_file_that_changes_all_the_time_stops_a_change(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = (b"# %d\n" % number + files_of(["production"])[EXTENSIONS] for number in range(99))
    write = Transaction.write

    def edited_before(self: Transaction, *given: object, **how: object) -> None:
        (project / EXTENSIONS).write_bytes(next(texts))
        write(self, *given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Transaction, "write", edited_before)
    with pytest.raises(FilesChanged):
        add(project, ["mail"], settings=FILES_ONLY)
    left = read_project(project)
    assert left.pop(EXTENSIONS).startswith(b"# ")
    assert left == {path: content for path, content in files_of(["production"]).items() if path != EXTENSIONS}


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
    outcome = add(store, ["mail", "bootstrap"], session=session)
    assert outcome.answer is not None
    assert outcome.answer.works
    assert file.read_bytes().startswith(b"# Mine.\n")
    assert b"mail.init_app(app)" in file.read_bytes()
    undo(store)
    assert file.read_bytes() == mine
