"""All that one command writes stays, or none of it does."""

from __future__ import annotations

import os
import re
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from flaskgen.commands.verbs.undo import undo
from flaskgen.effects.system.session import Reporter, Session
from flaskgen.effects.transaction.destination import check_destination
from flaskgen.effects.transaction.files import read_files
from flaskgen.effects.transaction.holding import hold_destination
from flaskgen.effects.transaction.log import LOG, UNDO, read_log, read_undo_logs
from flaskgen.effects.transaction.transaction import Transaction, transaction
from flaskgen.errors import CannotWrite, FlaskgenError
from tests.effects.transaction.changes import (
    CHANGES,
    NEW,
    OLD,
    REMADE,
    Elsewhere,
    add_mail,
    create,
    encoded,
    fail,
    files,
    listing,
    make,
    remake,
    write,
)
from tests.effects.transaction.steps import disturb, recover
from tests.sampling import sampled


def test_a_change_is_made_and_kept_for_undo(project: Path) -> None:
    session = Session()
    add_mail(project, session=session)
    assert files(project) == NEW
    assert not (project / "pkg/sub").exists()
    assert session.committed == "add mail"
    assert [log.title for log in read_undo_logs(project)] == ["add mail"]
    assert {path.name for path in (project / ".flaskgen").iterdir()} == {"project.toml", "undo"}


def test_what_is_not_undoable_leaves_the_files_alone(project: Path) -> None:
    add_mail(project, title="freeze", undoable=False)
    assert files(project) == NEW
    assert {path.name for path in (project / ".flaskgen").iterdir()} == {"project.toml"}


def test_the_log_stays_out_of_git(project: Path) -> None:
    def status() -> set[str]:
        command = ["git", "status", "--porcelain", "-uall"]
        return set(subprocess.check_output(command, cwd=project, text=True).splitlines())

    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    before = status()
    with transaction(project, "add mail", session=Session()) as change:
        write(change, project, {"b.py": "x", "a.py": "x"})
        assert status() - before == {"?? b.py"}
    assert status() - before == {"?? b.py"}


@pytest.mark.parametrize(
    ("umask", "given", "mode"),
    [*((umask, 0o600, 0o600) for umask in (0o000, 0o022, 0o077)), (0o027, None, 0o640)],
)
def test_a_new_file_has_the_mode_that_is_given_or_that_of_the_umask(
    project: Path, umask: int, given: int | None, mode: int
) -> None:
    before = os.umask(umask)
    try:
        add_mail(project, {".env": "KEY=1"}, modes={PurePosixPath(".env"): given} if given else {})
    finally:
        os.umask(before)
    assert stat.S_IMODE((project / ".env").stat().st_mode) == mode


@pytest.mark.parametrize("way", ["change", "undo", "roll back"])
def test_nobody_else_can_read_a_secret_while_it_is_written(project: Path, way: str) -> None:
    secret = project / "a.py"
    secret.chmod(0o600)
    if way != "change":
        add_mail(project, {"a.py": None})
    modes: list[int] = []

    def look() -> None:
        (staged,) = project.glob(".a.py.*")
        modes.append(stat.S_IMODE(staged.stat().st_mode))

    with before_step("os.chmod", ".a.py.", look):
        if way == "change":
            add_mail(project, {"a.py": "new"})
        elif way == "undo":
            undo(project)
        else:
            os.replace(project / UNDO / "000001", project / LOG)
            recover(project)
    assert modes == [0o600]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_modes_and_links_stay_and_undo_brings_modes_back(project: Path) -> None:
    (project / "real.py").write_text("old\n")
    (project / "link.py").symlink_to(project / "real.py")
    (project / "a.py").chmod(0o640)
    add_mail(project, {"a.py": "x\n", "link.py": "x\n"})
    assert stat.S_IMODE((project / "a.py").stat().st_mode) == 0o640
    assert (project / "link.py").is_symlink()
    assert (project / "real.py").read_text() == "x\n"
    add_mail(project, {"a.py": None, "pkg/sub/c.py": None})
    undo(project)
    modes = [stat.S_IMODE((project / name).stat().st_mode) for name in ("a.py", "pkg/sub/c.py")]
    assert modes == [0o640, 0o755]


def test_a_file_that_is_as_wanted_is_not_touched(project: Path) -> None:
    before = (project / "a.py").stat()
    add_mail(project, {"a.py": "a\n", "e.py": "e\n"})
    after = (project / "a.py").stat()  # whose time of access is of reading it
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [file.path for file in read_undo_logs(project)[0].files] == ["e.py"]


# What goes wrong


def read_only(path: Path) -> None:
    path.write_bytes(b"old b")
    path.chmod(0o444)


def outside(path: Path) -> None:
    (path.parent.parent / "real.py").write_text("mine\n")
    path.symlink_to("../real.py")


def loop(path: Path) -> None:
    path.symlink_to(path)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def same_file(path: Path) -> None:
    path.symlink_to("a.py")


@pytest.mark.parametrize(
    "make_obstacle", [read_only, Path.mkdir, os.mkfifo, outside, loop, dangling, same_file]
)
def test_if_one_file_cannot_be_written_none_is(project: Path, make_obstacle: object) -> None:
    make_obstacle(project / "b.py")  # type: ignore[operator]
    before = listing(project)
    with pytest.raises(CannotWrite, match=r"b\.py") as raised:
        add_mail(project, {**CHANGES, "b.py": "b"}, seen=OLD_AND_B)
    assert "\n" not in raised.value.message
    assert raised.value.hint
    assert listing(project) == before


OLD_AND_B = {PurePosixPath(path): text.encode() for path, text in {**OLD, "b.py": "old b"}.items()}


@pytest.mark.parametrize("obstacle", ["a.py/x", "pkg/b.py/x"])
def test_a_file_in_the_place_of_a_directory_is_named(project: Path, obstacle: str) -> None:
    before = listing(project)
    with pytest.raises(CannotWrite, match=obstacle.removesuffix("/x")):
        add_mail(project, {**CHANGES, obstacle: "x"})
    assert listing(project) == before


@contextmanager
def file_size_limit(size: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # or it would be cut off
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("size", [0, 10, 3000])
def test_a_full_disk_changes_nothing(project: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = listing(project)
    with file_size_limit(size, monkeypatch), pytest.raises(CannotWrite, match="File too large"):
        add_mail(project, {**CHANGES, "z.py": "z" * 5000})
    assert listing(project) == before


def test_a_full_disk_under_the_first_log_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file_size_limit(0, monkeypatch), pytest.raises(FlaskgenError, match="File too large"):
        create(tmp_path / "shop", tmp_path / "environment")
    assert listing(tmp_path) == {}


def test_what_a_run_did_before_it_failed_is_put_back(project: Path) -> None:
    before = listing(project)

    def work(change: Transaction) -> None:
        write(change, project)
        write(change, project, {"f.py": "f\n"})
        assert files(project) == {**NEW, "f.py": "f\n"}

    error = fail(transaction(project, "add mail", session=Session()), work)
    compiled = ("pkg/sub/__pycache__", "pkg/sub/__pycache__/c.pyc")
    assert listing(project) == {path: content for path, content in before.items() if path not in compiled}
    assert stat.S_IMODE((project / "pkg/sub/c.py").stat().st_mode) == 0o755
    assert getattr(error, "__notes__", []) == []


def test_what_python_compiled_of_a_new_file_goes_with_it(project: Path) -> None:
    before = listing(project)

    def work(change: Transaction) -> None:
        write(change, project, {"e.py": "e\n", "new/d.py": "d\n"})
        for compiled in ("__pycache__/e.cpython-313.pyc", "new/__pycache__/d.cpython-313.pyc"):
            make(project / compiled)

    fail(transaction(project, "add mail", session=Session()), work)
    assert listing(project) == before


def test_what_somebody_adds_or_edits_during_a_run_stays(project: Path) -> None:
    def work(change: Transaction) -> None:
        write(change, project)
        make(project / "new/deep/mine.py", "mine\n")
        make(project / "a.py", "mine\n")

    error = fail(transaction(project, "add mail", session=Session()), work)
    assert files(project) == {**OLD, "a.py": "mine\n", "new/deep/mine.py": "mine\n"}
    assert error.__notes__ == ["`a.py` was edited in the meantime, and stays as it is"]


EDITED = ["a.py", "e.py", "pkg/sub/c.py"]


@pytest.mark.parametrize("edited", EDITED)
def test_a_file_that_changed_since_it_was_planned_stops_the_run_and_nothing_is_written(
    project: Path, edited: str
) -> None:
    seen = encoded(OLD)
    make(project / edited, "mine\n")
    before = listing(project)
    with pytest.raises(CannotWrite, match=f"`{edited}` changed while flaskgen was running"):
        add_mail(project, seen=seen)
    assert listing(project) == before


@contextmanager
def before_step(event: str, name: str, act: Callable[[], object]) -> Iterator[None]:
    """Act once, right before a step on a path with that in it."""
    armed = True

    def watch(happens: str, arguments: tuple[Any, ...]) -> None:
        nonlocal armed
        if armed and happens == event and any(name in str(argument) for argument in arguments[:2]):
            armed = False
            act()

    sys.addaudithook(watch)
    yield
    assert not armed, "there was no such step"


@pytest.mark.parametrize(
    ("event", "name", "edited"),
    [
        *(("open", ".e.py.", edited) for edited in EDITED),  # when the last is staged
        *(("os.rename", "/a.py", edited) for edited in EDITED[1:]),
        ("os.remove", "/pkg/sub/c.py", "e.py"),
        ("os.rename", "/new/deep/d.py", "e.py"),
    ],
)
def test_a_file_that_changes_while_others_are_written_stops_the_run_and_those_are_put_back(
    project: Path, event: str, name: str, edited: str
) -> None:
    edit = lambda: make(project / edited, "mine\n")  # noqa: E731
    with before_step(event, name, edit), pytest.raises(CannotWrite, match=edited):  # noqa: SIM117
        with transaction(project, "add mail", session=Session()) as change:
            write(change, project)
    assert files(project) == {**OLD, edited: "mine\n"}


@pytest.mark.parametrize("changes", [{"a.py": "x\n", "link.py": "x\n"}, {"link.py": "x\n"}], ids=len)
def test_a_link_to_another_file_is_named_before_anything_is_written(
    project: Path, changes: dict[str, str]
) -> None:
    (project / "link.py").symlink_to("a.py")
    before = listing(project)
    with pytest.raises(CannotWrite, match=r"`link\.py` is a link to `a\.py`, which has content") as raised:
        add_mail(project, {"e.py": "e\n", **changes}, seen={**encoded(OLD), PurePosixPath("link.py"): b"a\n"})
    assert raised.value.hint == "remove the link"
    assert listing(project) == before


def test_two_links_to_one_file_are_named_before_anything_is_written(project: Path) -> None:
    for name in ("one.py", "two.py"):
        (project / name).symlink_to("same")
    make(project / "same", "a\n")
    before = listing(project)
    links = {"one.py": "x\n", "two.py": "y\n"}
    with pytest.raises(CannotWrite, match=r"`one\.py` and `two\.py` are links to the same file") as raised:
        add_mail(project, links, seen={**encoded(OLD), **encoded(dict.fromkeys(links, "a\n"))})
    assert raised.value.hint == "remove one of them"
    assert listing(project) == before


@pytest.mark.parametrize("victim", ["victim", "nowhere"])
@pytest.mark.parametrize("when", ["before", "while it is written"])
def test_a_new_file_is_never_written_through_a_link(
    project: Path, tmp_path: Path, victim: str, when: str
) -> None:
    make(tmp_path / "victim", "mine")
    seen = read_files(project, encoded(OLD))
    raises = (victim, when) != ("nowhere", "while it is written")  # then the link itself is replaced

    def swap() -> None:
        (project / "e.py").symlink_to(tmp_path / victim)

    def work(change: Transaction) -> None:
        if when == "before":
            swap()
        with (
            before_step("open", ".e.py.", swap) if when != "before" else nullcontext(),
            pytest.raises(CannotWrite, match=r"e\.py") if raises else nullcontext(),
        ):
            change.write(encoded(CHANGES), seen=seen)

    fail(transaction(project, "add mail", session=Session()), work)
    assert listing(tmp_path)["victim"] == b"mine"
    assert not (tmp_path / "nowhere").exists()
    assert (project / "a.py").read_text() == "a\n"


# Disturbed at each of its steps


@pytest.fixture
def start(request: pytest.FixtureRequest, project: Path, tmp_path: Path) -> Path:
    """What a run of that kind begins with."""
    what = request.node.callspec.params["what"]
    if "new" in what:
        (tmp_path / "here").mkdir()
        return tmp_path / "here"
    if what == "undo":
        add_mail(project)
    if what == "the eleventh":
        for number in range(10):
            add_mail(project, {"a.py": f"{number}\n"}, title=f"change {number}")
        add_mail(project, OLD, undoable=False)
    return project


STATES = {"change": (OLD, NEW), "undo": (NEW, OLD), "freeze": (OLD, NEW), "the eleventh": (OLD, NEW)}
TITLES = {"change": "add mail", "undo": "undo add mail", "freeze": "freeze", "the eleventh": "add mail"}


@pytest.mark.parametrize("what", sampled(STATES, ["change"]))
def test_killed_anywhere_it_is_all_or_nothing_after_the_next_run(what: str, start: Path) -> None:
    before, after = STATES[what]
    found = set()
    for outcome in disturb(what, "kill", start):
        project = outcome.here
        left = files(project)
        reporter = Reporter()
        recover(project, Session(reporter))
        now = files(project)
        found.add((left in (before, after), now == after))
        assert now in (before, after), project
        interrupted = f"`flaskgen {TITLES[what]}` was interrupted: its changes were rolled back"
        assert reporter.warnings in ([], [interrupted] if now == before else []), project
        assert_undoable(project, what, changed=now == NEW)
        assert now == NEW or not (project / "new").exists()
        assert {path.name for path in (project / ".flaskgen").iterdir()} <= {"project.toml", "undo"}
    assert found == {(True, False), (False, False), (True, True)}


@pytest.mark.parametrize(
    ("what", "how"),
    sampled(product(["failing change", "recover"], ["kill", "signal"]), []),
)
def test_a_roll_back_that_is_interrupted_anywhere_is_completed_by_the_next_run(
    what: str, how: str, start: Path
) -> None:
    if what == "recover":  # what a kill right before the commit leaves
        add_mail(start)
        os.replace(start / UNDO / "000001", start / LOG)
    mixed = 0
    for outcome in disturb(what, how, start):
        mixed += files(outcome.here) not in (OLD, NEW)
        recover(outcome.here)
        assert files(outcome.here) == OLD, outcome
        assert {path.name for path in (outcome.here / ".flaskgen").iterdir()} == {"project.toml"}
    assert (mixed > 0) == (how == "kill")


def assert_undoable(project: Path, what: str, *, changed: bool) -> None:
    titles = [f"change {number}" for number in range(9, -1, -1)] if what == "the eleventh" else []
    titles = ["add mail"] * (changed and what != "freeze") + titles
    assert [log.title for log in read_undo_logs(project)] == titles[:10]
    assert (project / UNDO).exists() == bool(titles)


@pytest.mark.parametrize(
    ("what", "how"),
    sampled(
        product(["remake", "failing remake", "undo remake"], ["kill", "signal"]),
        [("remake", "kill")],
    ),
)
def test_a_directory_that_is_made_anew_is_the_old_or_the_new_one_after_the_next_run(
    what: str, how: str, start: Path
) -> None:
    before, after = OLD, REMADE
    if what == "undo remake":
        remake(start)
        before, after = REMADE, OLD
    found = []
    for outcome in disturb(what, how, start):
        recover(outcome.here)
        found.append(files(outcome.here))
        assert found[-1] in (before, after), outcome
        if found[-1] == REMADE:
            undo(outcome.here)
            assert files(outcome.here) == OLD, outcome
        assert {path.name for path in (outcome.here / ".flaskgen").iterdir()} == {"project.toml"}, outcome
    assert before in found
    assert (after in found) == (what != "failing remake")


@pytest.mark.parametrize("what", sampled(["new", "failing new"], []))
def test_a_killed_creation_is_complete_or_free_for_the_next(what: str, start: Path) -> None:
    complete = 0
    for outcome in disturb(what, "kill", start):
        project = outcome.here / "shop"
        if (project / ".flaskgen/project.toml").exists() and read_log(project / LOG) is None:
            recover(project)
            complete += 1
            assert files(project) == {**NEW, ".venv/bin/python": "made"}
            assert [path.name for path in (project / ".flaskgen").iterdir()] == ["project.toml"]
            continue
        assert check_destination(str(project)) == project
        with hold_destination(project, session=Session()):
            assert listing(project) == {".flaskgen": None, ".flaskgen/lock": b""}, outcome
            left = {"shop", "shop/.flaskgen", "shop/.flaskgen/lock", "environments", "environments/shop"}
            assert set(listing(outcome.here)) <= left
        with pytest.raises(Elsewhere):
            create(project, outcome.here / "environments/shop", fails=True)
        assert not (outcome.here / "environments/shop").exists()
    assert (complete > 0) == (what == "new")


@pytest.mark.parametrize(
    ("what", "how"),
    sampled(product([*STATES, "new"], ["signal", "error"]), [("change", "error")]),
)
def test_a_signal_or_an_error_anywhere_leaves_all_as_it_was_or_all_done(
    what: str, how: str, start: Path
) -> None:
    before, after = STATES.get(what, ({}, NEW))
    codes = set()
    for outcome in disturb(what, how, start):
        codes.add(outcome.code)
        project = outcome.here / "shop" if what == "new" else outcome.here
        now = files(project)
        now.pop(".venv/bin/python", None)
        done = outcome.code == 0 or any("complete" in note for note in outcome.notes)
        assert now == (after if done else before), outcome
        if what == "new":
            assert done or list(outcome.here.iterdir()) == [], outcome
            notes = {"`shop` is complete", "what was created was removed: there is no `shop`"}
        else:
            assert_undoable(project, what, changed=now == NEW)
            assert {path.name for path in (project / ".flaskgen").iterdir()} <= {"project.toml", "undo"}
            notes = {f"`flaskgen {TITLES[what]}` was completed", "nothing was changed"}
        assert not outcome.notes or set(outcome.notes) < notes, outcome
        assert outcome.notes or outcome.code < 128, outcome
    assert codes == ({0, 128 + signal.SIGTERM} if how == "signal" else {0, 1})


@pytest.mark.e2e
@pytest.mark.parametrize("what", STATES)
def test_when_nothing_can_be_written_any_more_what_is_left_is_told_and_the_next_run_completes_it(
    what: str, start: Path
) -> None:
    before, after = STATES[what]
    told = 0
    for outcome in disturb(what, "errors", start):
        left = files(outcome.here)
        if outcome.code == 1 and left != before:
            told += 1
            assert outcome.notes
            for note in outcome.notes:
                assert re.fullmatch(
                    r"cannot restore `.+`: No space .+; the next flaskgen command here tries again", note
                )
            recover(outcome.here)
        assert files(outcome.here) == (after if outcome.code == 0 else before)
        assert_undoable(outcome.here, what, changed=files(outcome.here) == NEW)
    assert told
