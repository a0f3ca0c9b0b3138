"""Diffs that git and patch can read."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from flaskgen.planning.merging.text_form import file_diff

PATH = PurePosixPath("folder/a.txt")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\n"),
        (b"a\r\nb\r\n", b"a\r\nb\r\nc\r\n"),
        (None, b"new\n"),
        (b"old\n", None),
        (b"one\x0ctwo\n", b"one\x0cthree\n"),
    ],
)
def test_git_applies_it(tmp_path: Path, before, after):
    target = tmp_path / PATH
    target.parent.mkdir()
    if before is not None:
        target.write_bytes(before)
    (tmp_path / "change.diff").write_text(file_diff(PATH, before, after), newline="")
    subprocess.run(["git", "apply", "change.diff"], cwd=tmp_path, check=True, capture_output=True)
    assert (target.read_bytes() if target.exists() else None) == after


def test_there_is_none_between_equal_files_and_no_text_of_binary_ones():
    assert file_diff(PATH, b"a", b"a") == ""
    assert file_diff(PATH, b"\0a", b"\0b") == "Binary files a/folder/a.txt and b/folder/a.txt differ\n"
