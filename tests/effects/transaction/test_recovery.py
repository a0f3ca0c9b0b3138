"""Roll back what a killed run left, and no more than that, whatever its log says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from flaskgen.effects.system.session import Reporter, Session
from flaskgen.effects.transaction.destination import check_destination
from flaskgen.effects.transaction.holding import hold_destination, hold_project
from flaskgen.effects.transaction.log import LOG, Log, LoggedFile, digest
from flaskgen.effects.transaction.transaction import transaction
from flaskgen.errors import CannotWrite
from tests.effects.transaction.changes import OLD, Elsewhere, fail, files, leave_log, listing, make
from tests.mounts import may_mount, mounted


def changed(path: str, before: str | None, after: str | None, mode: int | None = None) -> LoggedFile:
    before_digest, after_digest = (
        digest(None if text is None else text.encode()) for text in (before, after)
    )
    return LoggedFile(path, before_digest, after_digest, mode)


def recover(project: Path) -> list[str]:
    """Hold a project once, and return the warnings."""
    reporter = Reporter()
    with hold_project(project, session=Session(reporter)):
        pass
    return reporter.warnings[1:]


def save(project: Path, *logged: LoggedFile, held: str = "old", **facts: Any) -> Log:
    """Leave a log that has saved what the files held."""
    log = Log(project / LOG, "add mail", files=logged, **facts)
    log.save({PurePosixPath(file.path): held.encode() for file in logged if file.before})
    return log


def test_files_get_their_content_and_mode_back(project: Path) -> None:
    save(project, changed("a.py", "old", "a\n", 0o600), changed("gone/deep.py", "old", None, 0o750))
    assert recover(project) == []
    assert files(project) == {**OLD, "a.py": "old", "gone/deep.py": "old"}
    modes = [stat.S_IMODE((project / name).stat().st_mode) for name in ("a.py", "gone/deep.py")]
    assert modes == [0o600, 0o750]
    assert not (project / LOG).exists()


@pytest.mark.parametrize("before", ["old", None])
def test_what_took_the_place_of_a_file_stays(project: Path, before: str | None) -> None:
    save(project, changed("e.py", before, "e\n"), changed("f.py", None, "f\n"))
    make(project / "e.py/mine", "mine")
    make(project / "f.py", "f\n")
    assert recover(project) == ["`e.py` was replaced in the meantime, and stays as it is"]
    assert files(project) == {**OLD, "e.py/mine": "mine"}


def test_a_file_that_cannot_be_put_back_keeps_the_log_until_it_can(project: Path) -> None:
    log = save(project, changed("a.py", "old", "a\n"), changed("b.py", None, "b\n"))
    make(project / "b.py", "b\n")
    saved = log.directory / "files/a.py"
    saved.rename(saved.with_suffix(".moved"))
    for _ in range(2):
        with pytest.raises(CannotWrite, match=r"cannot be rolled back: cannot restore `a\.py`"):
            recover(project)
        assert log.exists
        assert files(project) == OLD
    saved.with_suffix(".moved").rename(saved)
    assert recover(project) == []
    assert files(project) == {**OLD, "a.py": "old"}


def test_a_loop_of_links_is_somebodys_and_stays(project: Path) -> None:
    (project / "e.py").symlink_to("e.py")
    save(project, changed("e.py", None, "e\n"), trees=("e.py/tree", "e.py"), directories=("e.py",))
    recover(project)
    assert (project / "e.py").is_symlink()


# A log that somebody else wrote


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    for name in ("file", "tree/file", "__pycache__/x.cpython-313.pyc", ".file.01234567.flaskgen-new"):
        make(tmp_path / "victim" / name, "mine")
    (tmp_path / "victim/empty").mkdir()
    return tmp_path / "victim"


HOSTILE_FILES = [
    changed("link/file", None, "mine"),
    changed("link/file", "evil", "mine"),
    changed("link/new", "evil", None),
    changed("link/new/deep", "evil", None),
    changed("to-file", "evil", "mine"),
    changed("to-nowhere", "evil", None),
]


@pytest.mark.parametrize("creates", [False, True])
@pytest.mark.parametrize("file", HOSTILE_FILES, ids=lambda file: f"{file.path} {file.before and 'was'}")
def test_no_link_is_followed_out_of_the_project(
    tmp_path: Path, victim: Path, file: LoggedFile, creates: bool
) -> None:
    clone = tmp_path / "clone"
    hostile = {
        "trees": ("link/tree", "link", "link/empty"),
        "directories": ("link", "link/empty", "link/tree", "link/__pycache__"),
    }
    save(clone, file, held="evil", creates=creates, **hostile)
    (clone / "link").symlink_to(victim)
    (clone / "to-file").symlink_to(victim / "file")
    (clone / "to-nowhere").symlink_to(victim / "nowhere")
    before = listing(victim)
    if creates:
        with hold_destination(clone, session=Session()):
            pass
    else:
        assert recover(clone) == [f"`{file.path}` is outside the project, and stays as it is"]
    assert listing(victim) == before
    assert (clone / "link").is_symlink()


@pytest.mark.parametrize("pointer", [None, "/somewhere/else"])
@pytest.mark.parametrize("directory", ["", "empty"])
def test_nothing_elsewhere_is_removed_that_does_not_point_here(
    tmp_path: Path, victim: Path, home: Path, pointer: str | None, directory: str
) -> None:
    clone = tmp_path / "clone"
    elsewhere = tuple(str(path) for path in (victim / directory, victim, tmp_path, home, "/"))
    if pointer:
        make(victim / ".project", pointer)
    before = listing(victim)
    for parents in ((), elsewhere):
        leave_log(clone, creates=True, created=elsewhere, outside=elsewhere, parents=parents)
        fail(hold_destination(clone, session=Session()), lambda created: None)
        assert listing(victim) == before
        assert home.exists()


def test_an_environment_that_points_here_goes_with_the_directories_made_for_it(tmp_path: Path) -> None:
    destination, environment = tmp_path / "shop", tmp_path / "deep/environments/shop"
    make(environment / ".project", f"{destination}\n")
    make(environment / "bin/python")
    parents = tuple(str(path) for path in (environment.parent, environment.parent.parent))
    leave_log(destination, creates=True, outside=(str(environment),), parents=parents)
    with hold_destination(destination, session=Session()):
        assert not (tmp_path / "deep").exists()


# What cannot be removed


@contextmanager
def irremovable(directory: Path) -> Iterator[None]:
    """Let nobody remove a directory: it is another file system, or its parent is read-only."""
    directory.mkdir(parents=True)
    if os.geteuid() == 0:
        if not may_mount(directory):
            pytest.skip("may not mount here")
        with mounted(directory, "size=64k"):
            yield
    else:
        directory.parent.chmod(0o500)
        yield
        directory.parent.chmod(0o700)


@pytest.mark.parametrize("where", ["shop/.venv", "environments/shop"])
def test_a_tree_that_cannot_be_removed_keeps_the_log_and_is_named_until_it_can(
    tmp_path: Path, where: str
) -> None:
    destination, environment = tmp_path / "shop", tmp_path / "environments/shop"

    def work(created: tuple[Path, ...]) -> None:
        with transaction(destination, "new shop", session=Session(), creates=True, created=created) as change:
            change.will_make([destination / ".venv", environment])
            make(environment / ".project", f"{destination}\n")
            make(destination / ".venv/bin/python")
            stack.enter_context(irremovable(tmp_path / where / "in the way"))
            raise Elsewhere

    with ExitStack() as stack:
        error = fail(hold_destination(destination, session=Session()), work)
        problem = f"cannot remove `{tmp_path / where / 'in the way'}`: "
        assert error.__notes__[0].startswith(problem)
        assert error.__notes__[0].endswith("; the next flaskgen command here tries again")
        assert error.__notes__[1] == f"`{destination}` is incomplete: run the command again"
        assert set(os.listdir(destination)) <= {".flaskgen", ".venv"}
        assert check_destination(str(destination)) == destination
        for _ in range(2):
            assert (destination / LOG / "log.json").exists()
            held = hold_destination(destination, session=Session())
            with pytest.raises(CannotWrite, match=problem), held:
                pass
    with hold_destination(destination, session=Session()):
        assert listing(destination) == {".flaskgen": None, ".flaskgen/lock": b""}
        assert not environment.exists()
