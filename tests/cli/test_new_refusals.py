"""What `flaskgen new` refuses for its surroundings, and what its hints propose."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.refusals import check_refused

Listing = Callable[[], list[str]]

USAGE, FAILURE = 2, 1


def check_refusal(invoke: Invoke, listing: Listing, arguments: list[str], code: int, names: str) -> None:
    before = listing()
    result = invoke("new", *arguments)
    check_refused(result, code, names)
    assert listing() == before


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
    check_refusal(invoke, listing, [], USAGE, "missing argument DEST")
    check_refusal(invoke, listing, ["--yes"], USAGE, "missing argument DEST")


def test_a_name_taken_among_the_environments_is_refused(
    invoke: Invoke, listing: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKON_HOME", str(tmp_path / "envs"))
    (tmp_path / "envs" / "My_Shop" / "bin").mkdir(parents=True)
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
        assert (result.code, result.only("error")) == (FAILURE, "the current directory does not exist")
        assert result.only("hint")
    monkeypatch.chdir(tmp_path)
