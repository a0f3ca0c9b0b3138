"""The record of a project."""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import PurePosixPath

from flaskgen.effects.compatibility_data import load_lines
from flaskgen.planning.names import ProjectName
from flaskgen.planning.record import format_record, pack_base
from flaskgen.planning.releases import choose_release
from flaskgen.planning.spec import ProjectSpec


def test_the_record_is_toml_that_says_what_the_project_is_made_of():
    spec = ProjectSpec(
        name=ProjectName("my-shop"),
        release=choose_release("latest", load_lines()),
        python="3.13",
        extensions=("sqlalchemy", "login"),
        options={"sqlalchemy": {"database": "sqlite"}},
        dev=False,
    )
    record = tomllib.loads(format_record(spec, generator="1.2.3"))
    assert record["schema"] == 1
    assert record["generator"] == "1.2.3"
    assert record["project"] == {
        "name": "my-shop",
        "flask": spec.release.version,
        "python": "3.13",
        "extensions": ["sqlalchemy", "login"],
        "dev": False,
        "hashes": False,
    }
    assert record["options"] == {"sqlalchemy": {"database": "sqlite"}}


def test_the_pristine_files_are_packed_the_same_each_time_and_in_order():
    tree = {PurePosixPath("b/ü.txt"): "ü\n", PurePosixPath("a"): b"\x00"}
    packed = pack_base(tree)
    assert packed == pack_base(dict(reversed(tree.items())))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["a", "b/ü.txt"]
        assert archive.read("b/ü.txt").decode() == "ü\n"
