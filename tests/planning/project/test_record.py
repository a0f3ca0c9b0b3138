"""The record of a project."""

from __future__ import annotations

import io
import tomllib
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from flaskgen.effects.shipped.compatibility_data import load_series
from flaskgen.effects.shipped.templates import load_catalogue
from flaskgen.errors import BrokenRecord, RecordTooNew, UsageError
from flaskgen.planning.flask.releases import choose_release
from flaskgen.planning.project.names import ProjectName
from flaskgen.planning.project.record import format_record, pack_base, parse_record, read_spec, unpack_base
from flaskgen.planning.project.spec import ProjectSpec
from flaskgen.planning.resources.resource import parse_resource


def test_the_record_is_toml_that_says_what_the_project_is_made_of():
    spec = ProjectSpec(
        name=ProjectName("my-shop"),
        release=choose_release("latest", load_series()),
        python="3.13",
        extensions=("production", "sqlalchemy", "mail"),
        options={"sqlalchemy": {"database": "sqlite"}},
        dev=False,
    )
    record = tomllib.loads(format_record(spec, generator="1.2.3"))
    assert record["schema"] == 2
    assert record["generator"] == "1.2.3"
    assert record["project"] == {
        "name": "my-shop",
        "flask": spec.release.version,
        "python": "3.13",
        "extensions": ["production", "sqlalchemy", "mail"],
        "dev": False,
        "hashes": False,
    }
    assert record["options"] == {"sqlalchemy": {"database": "sqlite"}}


@pytest.fixture
def spec() -> ProjectSpec:
    return ProjectSpec(
        name=ProjectName("my-shop"),
        release=choose_release("latest", load_series()),
        python="3.13",
        extensions=("production", "sqlalchemy", "mail"),
        options={"sqlalchemy": {"database": "sqlite"}},
    )


def test_a_record_is_read_as_it_was_written(spec: ProjectSpec):
    text = format_record(spec, generator="1.2.3", environment="~/envs/shop")
    record = parse_record(text.encode(), reader="1.2.3")
    assert (record.generator, record.environment) == ("1.2.3", "~/envs/shop")
    assert read_spec(record, catalogue=load_catalogue(), all_series=load_series()) == spec
    with_form = "\ufeff" + text.replace("\n", "\r\n")
    assert parse_record(with_form.encode(), reader="1.2.3") == record


@pytest.mark.parametrize(
    ("name", "plural", "field"),
    [
        ("Post", "posts", "title:str(255)="),
        ("Post", "posts", f"title:text={'x' * 61}"),
        ("Post", "posts", "price:decimal(38,2)"),
        ("Post", "posts", "page:int"),
        ("Session", "sessions", "title:str(9)"),
        ("Post", "select", "title:str(9)"),
    ],
)
def test_what_could_be_typed_once_is_read_but_not_typed(spec: ProjectSpec, name, plural, field):
    with pytest.raises(UsageError):
        parse_resource(name, [field], plural=plural)
    once = replace(spec, resources=(parse_resource(name, [field], plural=plural, recorded=True),))
    record = parse_record(format_record(once, generator="1.2.3").encode(), reader="1.2.3")
    assert read_spec(record, catalogue=load_catalogue(), all_series=load_series()) == once
    assert [str(one) for one in record.resources[0].fields] == [field]


def test_a_record_from_before_examples_were_recorded_has_those_of_its_extensions(spec: ProjectSpec):
    def read(text: str) -> ProjectSpec:
        record = parse_record(text.encode(), reader="1.2.3")
        return read_spec(record, catalogue=load_catalogue(), all_series=load_series())

    text = format_record(spec, generator="1.2.3")
    assert read(text).resources == ()
    [note] = read(text.replace("schema = 2", "schema = 1")).resources
    assert (note.name, [str(field) for field in note.fields]) == ("Note", ["text:str(500)"])
    mine = parse_resource("Notice", ["text"], plural="notes")
    text = format_record(replace(spec, resources=(mine,)), generator="1.2.3")
    assert read(text.replace("schema = 2", "schema = 1")).resources == (mine,)


@pytest.mark.parametrize(
    "change", [("schema = 2", "schema = 3"), ('"1.2.3"', '"1.2.4"'), ('"1.2.3"', '"2.0.dev1"')]
)
def test_a_newer_record_says_what_to_upgrade_to(spec: ProjectSpec, change):
    text = format_record(spec, generator="1.2.3").replace(*change)
    with pytest.raises(RecordTooNew, match=r"this is flaskgen 1\.2\.3") as caught:
        parse_record(text.encode(), reader="1.2.3")
    assert "pip install 'flaskgen-cli>=" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 2", "", "`schema` is missing"),
        ("schema = 2", 'schema = "1"', "`schema` is not a number"),
        ("schema = 2", "schema = true", "`schema` is not a number"),
        ("schema = 2", "schema = 0", "`schema` is 0, which is unknown"),
        ('"1.2.3"', '"newest"', "`generator` is `newest`, which is not a version"),
        ("[project]", "[projects]", "`project` is missing"),
        ('name = "my-shop"', "name = 1", r"`project\.name` is not text"),
        ("extensions = [", "extensions = [1, ", r"`project\.extensions` is not a list of strings"),
        ("dev = true", "dev = 1", r"`project\.dev` is not true or false"),
        ("hashes = false", "hashes = false\nsingle = 1", r"`project\.single` is not true or false"),
        ("hashes = false", "hashes = false\n[options]\nmail = 1", r"`options\.mail` is not a table"),
        ("hashes = false", "hashes = false\n[environment]", r"`environment\.path` is missing"),
        ("schema", "schema =", r"not valid TOML: .* line 2"),
        ("dev =", "<<<<<<< HEAD\ndev =", "has conflict markers of git"),
    ],
)
def test_a_broken_record_names_the_key(spec: ProjectSpec, old, new, message):
    text = format_record(spec, generator="1.2.3")
    assert old in text
    with pytest.raises(BrokenRecord, match=message):
        parse_record(text.replace(old, new, 1).encode(), reader="1.2.3")


def test_bytes_that_are_no_text_are_told_with_their_line():
    with pytest.raises(BrokenRecord, match=r"not UTF-8 text \(line 2\)"):
        parse_record(b"schema = 1\n\xff", reader="1.2.3")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"sqlalchemy", "mail"', '"sqlalchmy"', "`sqlalchmy` is not an extension"),
        ('"my-shop"', '"../shop"', "invalid project name"),
        ('flask = "3.1.3"', 'flask = "93"', "Flask 93"),
        ("hashes = false", 'hashes = false\n[options.mail]\nserver = "x"', "mail has no option `server`"),
        ("hashes = false", "hashes = false\nsingle = true", r"`project\.single` is true"),
        ('python = "3.13"', 'python = "three"', r"`project\.python` is `three`"),
    ],
)
def test_what_this_flaskgen_does_not_have_is_named(spec: ProjectSpec, old, new, message):
    text = format_record(spec, generator="1.2.3")
    assert old in text
    record = parse_record(text.replace(old, new, 1).encode(), reader="1.2.3")
    with pytest.raises(BrokenRecord, match=message):
        read_spec(record, catalogue=load_catalogue(), all_series=load_series())


def test_a_release_that_was_found_on_the_index_is_of_its_line(spec: ProjectSpec):
    text = format_record(spec, generator="1.2.3").replace('flask = "3.1.3"', 'flask = "3.1.99"')
    read = read_spec(
        parse_record(text.encode(), reader="1.2.3"), catalogue=load_catalogue(), all_series=load_series()
    )
    assert (read.release.version, read.release.series.name) == ("3.1.99", "3.1")


def test_the_pristine_files_are_packed_the_same_each_time_and_in_order():
    tree: dict[PurePosixPath, str | bytes] = {PurePosixPath("b/ü.txt"): "ü\n", PurePosixPath("a"): b"\x00"}
    packed = pack_base(tree)
    assert packed == pack_base(dict(reversed(tree.items())))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["a", "b/ü.txt"]
        assert archive.read("b/ü.txt").decode() == "ü\n"


def test_pristine_files_are_unpacked_as_they_were_packed():
    tree: dict[PurePosixPath, str | bytes] = {
        PurePosixPath("b/ü.txt"): "ü\n".encode(),
        PurePosixPath("a"): b"\x00",
    }
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
