"""The log of a change, on the disk."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from flaskgen.effects.transaction.log import (
    LOG,
    UNDO,
    Log,
    LoggedFile,
    LoggedPackages,
    digest,
    keep_for_undo,
    points_to,
    read_log,
    read_undo_logs,
    remove_log,
)
from flaskgen.errors import BrokenLog, CannotWrite
from tests.effects.transaction.changes import leave_log, make

FILE = LoggedFile("pkg/a.py", digest(b"old"), digest(b"new"), 0o640)


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_log(project: Path) -> Log:
    return Log(
        project / LOG,
        "add mail",
        creates=True,
        created=(str(project),),
        undoes="000003",
        files=(FILE, LoggedFile("b.py", None, digest(b"b"))),
        directories=("pkg",),
        trees=(".venv",),
        outside=("/envs/shop",),
        parents=("/envs",),
        packages=LoggedPackages(("x==1",), ("y==2",), ("lib/x",)),
    )


def test_a_log_is_read_as_it_was_saved(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    assert not (tmp_path / LOG).exists()
    log.save({PurePosixPath("pkg/a.py"): b"old"})
    assert log.exists
    assert read_log(tmp_path / LOG) == log
    assert [log.content_before(file) for file in log.files] == [b"old", None]
    assert stat.S_IMODE((tmp_path / LOG).stat().st_mode) == 0o700


def test_a_formatter_sees_no_file_of_a_log_outside_git(tmp_path: Path) -> None:
    a_log(tmp_path).save({PurePosixPath("pkg/a.py"): b"x  = 1"})
    (tmp_path / "mine.py").write_text("x = 1\n")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--show-files", str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.split() == [str(tmp_path / "mine.py")]


def test_without_a_log_there_is_none(tmp_path: Path) -> None:
    assert read_log(tmp_path / LOG) is None
    make(tmp_path / ".flaskgen", "a file")
    assert read_log(tmp_path / LOG) is None
    assert read_undo_logs(tmp_path) == []


def with_facts(project: Path, **facts: Any) -> None:
    index = project / LOG / "log.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), **facts}))


OUTSIDE = ("../x", "/etc/hostname", "a/../../x", "", ".", "a\0b", "\ud800")


@pytest.mark.parametrize(
    "facts",
    [
        *({"files": [{"path": path, "before": None, "after": None, "mode": None}]} for path in OUTSIDE),
        *({field: [path]} for field in ("trees", "directories") for path in OUTSIDE),
        *({field: ["relative"]} for field in ("created", "outside", "parents")),
        *({field: [1]} for field in ("trees", "directories", "created", "outside", "parents")),
        *({"undoes": number} for number in ("../1", "", 1)),
        *(
            {"files": [{"path": "a", "before": None, "after": None, "mode": mode}]}
            for mode in ("x", -1, 0o4755)
        ),
        *({"title": title} for title in (None, 1, ["add"], "\ud800")),
        *({"files": files} for files in (None, 1, "a", ["a"])),
        {"more": 1},
        {"files": [{"path": "a"}]},
        {"packages": None},
        {"packages": []},
        {"packages": {"more": []}},
        *(
            {"packages": {"installed": [], "uninstalled": [line], "entries": []}}
            for line in ("--index-url=https://example.com", " -r x", "x==1\n-r x")
        ),
        {"packages": {"installed": [1], "uninstalled": [], "entries": []}},
    ],
    ids=str,
)
def test_what_no_run_writes_is_refused(tmp_path: Path, facts: dict[str, Any]) -> None:
    a_log(tmp_path).save()
    with_facts(tmp_path, **facts)
    with pytest.raises(BrokenLog) as raised:
        read_log(tmp_path / LOG)
    assert str(tmp_path / LOG) in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("text", [b"", b"x", b"{}", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_what_is_no_log_is_refused(tmp_path: Path, text: bytes) -> None:
    a_log(tmp_path).save()
    (tmp_path / LOG / "log.json").write_bytes(text)
    with pytest.raises(BrokenLog):
        read_log(tmp_path / LOG)


def test_the_last_ten_changes_are_kept_the_newest_first(tmp_path: Path) -> None:
    for number in range(13):
        log = leave_log(tmp_path, title=f"change {number}", files=(FILE,))
        keep_for_undo(log, tmp_path)
    assert [log.title for log in read_undo_logs(tmp_path)] == [f"change {n}" for n in range(12, 2, -1)]
    assert sorted(os.listdir(tmp_path / UNDO)) == [f"{number:06}" for number in range(4, 14)]


def test_changes_are_read_up_to_one_that_is_broken(tmp_path: Path) -> None:
    for number in range(3):
        keep_for_undo(leave_log(tmp_path, title=f"change {number}"), tmp_path)
    (tmp_path / UNDO / "000001/log.json").write_text("{")
    (tmp_path / UNDO / "000009").symlink_to(tmp_path)
    (tmp_path / UNDO / "000008").mkdir()
    assert [log.title for log in read_undo_logs(tmp_path)] == ["change 2", "change 1"]
    (tmp_path / UNDO / "000003/log.json").write_text("{")
    with pytest.raises(BrokenLog, match="000003"):
        read_undo_logs(tmp_path)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other"), make_fifo])
def test_a_content_that_is_not_what_was_saved_is_not_put_back(tmp_path: Path, damage: Any) -> None:
    log = a_log(tmp_path)
    log.save({PurePosixPath("pkg/a.py"): b"old"})
    damage(log.directory / "files/pkg/a.py")
    with pytest.raises((BrokenLog, CannotWrite), match=r"files/pkg/a\.py"):
        log.content_before(FILE)


def test_a_removed_log_leaves_nothing(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.save({PurePosixPath("pkg/a.py"): b"old"})
    remove_log(log.directory)
    assert list((tmp_path / ".flaskgen").iterdir()) == []


@pytest.mark.parametrize("text", ["/home/shop\n", "/home/shop", "/home/other\n", "\0", None])
def test_an_environment_points_to_its_project(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        make(tmp_path / ".project", text)
    assert points_to(tmp_path, Path("/home/shop")) == (text is not None and text.strip() == "/home/shop")


def test_a_log_that_is_saved_again_replaces_the_one_before(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.save()
    replace(log, title="another").save()
    found = read_log(tmp_path / LOG)
    assert found is not None
    assert found.title == "another"
