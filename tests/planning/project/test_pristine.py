"""The archive of a project's pristine files."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

import pytest

from flaskgen.errors import BrokenRecord
from flaskgen.planning.project.pristine import pack_base, unpack_base


def test_the_pristine_files_are_packed_the_same_each_time_and_in_order():
    tree = {PurePosixPath("b/ü.txt"): "ü\n", PurePosixPath("a"): b"\x00"}
    packed = pack_base(tree)
    assert packed == pack_base(dict(reversed(tree.items())))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["a", "b/ü.txt"]
        assert archive.read("b/ü.txt").decode() == "ü\n"


def test_pristine_files_are_unpacked_as_they_were_packed():
    tree = {PurePosixPath("b/ü.txt"): "ü\n".encode(), PurePosixPath("a"): b"\x00"}
    assert unpack_base(pack_base(tree)) == tree


@pytest.mark.parametrize("path", ["../a", "/etc/a", ".git/hooks/a"])
def test_pristine_files_that_would_leave_the_project_are_refused(path):
    with pytest.raises(BrokenRecord, match="cannot land on"):
        unpack_base(pack_base({PurePosixPath(path): "text"}))


def test_pristine_files_that_are_too_large_are_refused():
    with pytest.raises(BrokenRecord, match="larger than any"):
        unpack_base(pack_base({PurePosixPath("a"): b"0" * 50_000_001}))


@pytest.mark.parametrize("broken", [b"", b"no zip", pack_base({PurePosixPath("a"): "text"})[:-30]])
def test_what_is_no_zip_file_is_told(broken):
    with pytest.raises(BrokenRecord, match=r"base\.zip cannot be read"):
        unpack_base(broken)
