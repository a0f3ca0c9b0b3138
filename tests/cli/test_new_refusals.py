"""Whatever cannot be: one line that names it, one hint, the right exit code, and nothing made."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke

Listing = Callable[[], list[str]]

USAGE, FAILURE = 2, 1

NAMES = [
    ("", "empty"),
    (" ", "empty"),
    ("..", "`..`"),
    ("a/../b", "`..`"),
    ("/", "`/`"),
    ("a\0b", "NUL"),
    ("my shop", "`my shop`"),
    (".shop", "`.shop`"),
    ("shop.", "`shop.`"),
    ("shop-", "`shop-`"),
    ("_shop", "`_shop`"),
    ("shop ", "`shop `"),
    (" shop", "` shop`"),
    ("sh--op", "`sh--op`"),
    ("\U0001f40d", "U+1F40D"),
    ("caf\u00e9", "U+00E9"),
    ("cafe\u0301", "U+0301"),
    ("\u0430pp", "U+0430"),
    ("sh\u03bfp", "U+03BF"),
    *((name, f"`{name}`") for name in ("con", "NUL", "com1", "lpt9", "aux.txt")),
    *((name, f"`{name}`") for name in ("class", "async", "Lambda", "match", "type", "case")),
    *((name, f"`{name}`") for name in ("json", "test", "Email", "site", "distutils", "tomllib")),
    *((name, f"`{name}`") for name in ("flask", "Werkzeug", "jinja2", "click", "flask-login", "wtforms")),
    *((name, f"`{name}`") for name in ("sqlalchemy", "pytest", "blinker", "dotenv", "pip")),
    *((name, f"`{name}`") for name in ("app", "static", "templates", "instance", "tests", "venv", "src")),
    *((name, f"`{name}`") for name in ("1abc", "__init__", "a.b", "x;y", "a=b", "a,b", "a[b]", "a@b")),
    ("x" * 101, "101 characters"),
]
DESTINATIONS = [
    *(
        (name, "has the character")
        for name in ("$HOME", "`id`", 'a"b', "a\\b", "a:b", "a\nb", "a\tb", "a\x1bb")
    ),
    *((name, "has the character") for name in ("a\u202eb", "a\u2066b", "a\u200bb", "a\u2028b")),
    ("x" * 256, "256 bytes"),
    ("missing/shop", "does not exist"),
    ("file", "`file` is a file"),
    ("file/shop", "not a directory"),
    ("full", "`full` is not empty: it has a, b, c, d, e and 2 more"),
    ("linked", "`linked` is a link to full"),
    ("dangling", "`dangling` is a link to nowhere"),
    ("fifo", "`fifo` is a named pipe"),
    ("/dev/null", "`null` is a device"),
    ("~nobody-of-that-name/shop", "home directory"),
]
OPTIONS = [
    (["--flask", "99.9"], FAILURE, "Flask 99.9"),
    (["--flask", "3.1.0rc1"], FAILURE, "Flask 3.1.0rc1"),
    *((["--flask", text], USAGE, "is not a version of Flask") for text in ("", "x", "3.0; rm -rf", "$(id)")),
    *(
        (["--flask", text], USAGE, "is not a version of Flask")
        for text in (
            "3.0 --index-url http://x",
            "3.1\n",
            "flask @ file:///x",
            "git+https://x",
            "-1",
            "\uff13",
        )
    ),
    (["--python", "2.7"], FAILURE, "Python 2.7"),
    (["--python", "3.99"], FAILURE, "Python 3.99"),
    (["--python", ""], USAGE, "is not a version of Python"),
    (["--python", "..."], FAILURE, "`...`"),
    (["--python", "/nowhere/python"], FAILURE, "`/nowhere/python`"),
    (["--python", "/dev/null"], FAILURE, "`/dev/null`"),
    (["--python", "."], FAILURE, "`.`"),
    (["--with", "-r x"], USAGE, "`-r x`"),
    (["--with", "-e ."], USAGE, "`-e .`"),
    (["--with", "./x"], USAGE, "`./x`"),
    (["--with", "none,login"], USAGE, "`none`"),
    (["--with", "log\x1bin"], USAGE, "is not an extension"),
    (["--preset", "huge"], USAGE, "`huge`"),
    (["--preset", ""], USAGE, "is not a preset"),
    (["--preset", "web", "--with", "login"], USAGE, "--preset and --with"),
    (["--option", "x"], USAGE, "`x` is not EXT.KEY=VALUE"),
    (["--option", "nope.key=1"], USAGE, "`nope`"),
    (["--option", "login.nope=1"], USAGE, "nope"),
    (["--name", ""], USAGE, "empty"),
    (["--name", "x;y"], USAGE, "`x;y`"),
    (["--installer", "conda"], USAGE, "'conda'"),
    (["--no-such-option"], USAGE, "--no-such-option"),
    (["two"], USAGE, "two"),
    (["--quiet", "--verbose"], USAGE, "--quiet and --verbose"),
    (["--no-install", "--test"], USAGE, "--no-install and --test"),
    (["--no-install", "--workon"], USAGE, "--no-install and --workon"),
    (["--no-verify", "--test"], USAGE, "--no-verify and --test"),
    (["--no-dev", "--test"], USAGE, "--no-dev and --test"),
    (["--newest", "--no-install"], FAILURE, "the index has to be asked"),
    (["--offline", "--newest", "--find-links", "/nowhere-to-be-found"], FAILURE, ""),
]


@pytest.fixture
def things(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    for name in "abcdefg":
        (tmp_path / "full" / name).write_text("")
    (tmp_path / "linked").symlink_to("full")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")


def check_refusal(invoke: Invoke, listing: Listing, arguments: list[str], code: int, names: str) -> None:
    before = listing()
    result = invoke("new", *arguments)
    assert result.code == code, result.err
    assert names in result.only("error")
    assert result.only("hint")
    assert result.out == ""
    assert "Traceback" not in result.err
    assert all(line.isprintable() for line in result.err.splitlines())
    assert listing() == before


@pytest.mark.parametrize(("name", "names"), NAMES)
def test_a_bad_name_is_refused(invoke: Invoke, listing: Listing, name: str, names: str) -> None:
    check_refusal(invoke, listing, ["--", name], USAGE, names)


@pytest.mark.parametrize(
    "name", [name for name, _ in NAMES if "/" not in name and name not in {"..", "a\0b"}]
)
def test_a_bad_name_is_refused_also_as_an_option(invoke: Invoke, listing: Listing, name: str) -> None:
    check_refusal(invoke, listing, ["shop", "--name", name], USAGE, "name")


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize(("destination", "names"), DESTINATIONS)
def test_a_bad_destination_is_refused(invoke: Invoke, listing: Listing, destination: str, names: str) -> None:
    check_refusal(invoke, listing, [destination], FAILURE, names)


@pytest.mark.parametrize(("options", "code", "names"), OPTIONS)
def test_a_bad_option_is_refused(
    invoke: Invoke, listing: Listing, options: list[str], code: int, names: str
) -> None:
    check_refusal(invoke, listing, ["shop", *options], code, names)


@pytest.mark.parametrize(
    ("typed", "meant"), [("sqlalchmy", "sqlalchemy"), ("flask-login", "login"), ("Flask-WTF", "wtf")]
)
def test_a_near_miss_is_never_taken_but_named(invoke: Invoke, typed: str, meant: str) -> None:
    result = invoke("new", "shop", "--with", typed)
    assert result.code == USAGE
    assert result.only("hint") == f"did you mean `{meant}`?"


def test_an_unknown_release_gets_the_three_nearest(invoke: Invoke) -> None:
    hint = invoke("new", "shop", "--flask", "99.9").only("hint")
    assert len(hint.partition(":")[2].split(",")) == 3


def test_a_python_that_is_too_old_is_named_with_the_release_and_one_that_works(invoke: Invoke) -> None:
    result = invoke("new", "shop", "--flask", "3.1.3", "--python", "3.8")
    assert "Flask 3.1.3 does not work on Python 3.8" in result.only("error")
    assert "--python 3." in result.only("hint")


def test_without_a_destination_it_says_what_is_missing(invoke: Invoke, listing: Listing) -> None:
    check_refusal(invoke, listing, [], USAGE, "where shall the project be made?")
    check_refusal(invoke, listing, ["--yes"], USAGE, "where shall the project be made?")


def test_git_for_a_repository_that_is_there_is_refused(
    invoke: Invoke, listing: Listing, tmp_path: Path
) -> None:
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    check_refusal(invoke, listing, ["shop", "--git"], FAILURE, "is a git repository already")


def test_a_name_taken_among_the_environments_is_refused(
    invoke: Invoke, listing: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKON_HOME", str(tmp_path / "envs"))
    (tmp_path / "envs" / "My_Shop").mkdir(parents=True)
    check_refusal(invoke, listing, ["my-shop", "--workon"], FAILURE, "`My_Shop`")


@pytest.mark.parametrize("value", ["envs", "", "~/file", "$HOME/file/below"])
def test_a_bad_workon_home_is_refused(
    invoke: Invoke,
    listing: Listing,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
) -> None:
    monkeypatch.setenv("WORKON_HOME", value)
    (home / "file").write_text("")
    (home / ".virtualenvs").write_text("")
    check_refusal(invoke, listing, ["shop", "--workon"], FAILURE, "WORKON_HOME")


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["my shop"], USAGE, "invalid-project-name"),
        (["missing/shop"], FAILURE, "invalid-destination"),
        (["full"], FAILURE, "project-exists"),
        (["a\0b"], USAGE, "usage-error"),
        (["shop", "--flask", "x"], USAGE, "invalid-version"),
        (["shop", "--flask", "99"], FAILURE, "unknown-version"),
        (["shop", "--python", "2.7"], FAILURE, "incompatible-versions"),
        (["shop", "--python", "3.99"], FAILURE, "interpreter-not-found"),
        (["shop", "--with", "nope"], USAGE, "unknown-extension"),
        (["shop", "--option", "x"], USAGE, "invalid-option"),
        (["shop", "--newest", "--no-install"], FAILURE, "resolution-failed"),
        (["shop", "--bogus"], USAGE, "usage"),
    ],
)
@pytest.mark.usefixtures("things")
def test_with_json_the_error_is_an_object_with_a_stable_kind(
    invoke: Invoke, listing: Listing, arguments: list[str], code: int, kind: str
) -> None:
    before = listing()
    result = invoke("new", "--json", *arguments)
    assert result.code == code
    error = json.loads(result.out)["error"]
    assert error["kind"] == kind
    assert error["message"]
    assert error["hint"]
    assert result.err == ""
    assert listing() == before


@pytest.mark.skipif(sys.platform == "win32", reason="bytes in names are of POSIX")
def test_a_name_that_is_not_text_is_refused(invoke: Invoke, listing: Listing) -> None:
    check_refusal(invoke, listing, [os.fsdecode(b"sh\xffop")], FAILURE, "U+DCFF")


def test_a_deleted_working_directory_is_named(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for destination in (".", "shop"):
        result = invoke("new", destination)
        assert (result.code, result.only("error")) == (FAILURE, "the current directory is gone")
        assert result.only("hint")
    monkeypatch.chdir(tmp_path)
