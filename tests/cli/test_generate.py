"""The command line of `generate`, as it is typed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.terminal import ENTER, at_terminal
from tests.commands.projects import files_of, write_project

QUICK = ("--no-install",)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> Path:
    project = write_project(tmp_path / "shop", files_of(["sqlalchemy", "login", "mail", "wtf"]))
    monkeypatch.chdir(project)
    return project


def listed(invoke: Invoke) -> dict[str, list[str]]:
    printed = json.loads(invoke("generate", "--list", "--json").out)
    return {one["name"]: one["fields"] for one in printed}


@pytest.mark.parametrize(
    ("quoted", "plain"),
    [
        (
            "'title:str(120)' 'body:text?' 'status:enum(draft,live)=draft' author:User"
            " 'published_at:datetime?'",
            "title:str:120 body:text:optional status:enum:draft,live=draft author:User"
            " published_at:datetime:optional",
        ),
        (
            "'price:decimal(10,2)=0' 'rating:int?' 'code:str(8)?^'",
            "price:decimal:10,2=0 rating:int:optional code:str:8:optional:unique",
        ),
    ],
)
def test_the_spelling_that_needs_no_quotes_is_that_of_the_marks(
    shop: Path, invoke: Invoke, quoted: str, plain: str
) -> None:
    assert not {*plain} & {*"()?*^'"}
    for name, typed in (("Post", quoted), ("Draft", plain)):
        assert invoke("generate", "resource", name, *shlex.split(typed), *QUICK).code == 0
    found = listed(invoke)
    assert found["Post"] == found["Draft"] == shlex.split(quoted)


def test_fields_are_added_and_removed_as_they_are_typed(shop: Path, invoke: Invoke) -> None:
    assert invoke("generate", "resource", "Post", "title:str(120)", *QUICK).code == 0
    assert invoke("generate", "field", "Post", "price:decimal(10,2)=0", "rating:int?", *QUICK).code == 0
    assert listed(invoke)["Post"] == ["title:str(120)", "price:decimal(10,2)=0", "rating:int?"]
    assert invoke("generate", "field", *QUICK, "Post", "--", "-rating").code == 0
    assert listed(invoke)["Post"] == ["title:str(120)", "price:decimal(10,2)=0"]


def test_the_list_is_a_table_for_people(shop: Path, invoke: Invoke) -> None:
    invoke("generate", "resource", "Post", "title", *QUICK)
    lines = invoke("generate", "--list").out.splitlines()
    assert lines[0].split() == ["RESOURCE", "PLURAL", "FIELDS"]
    assert ["Post", "posts", "title:str(255)"] in [line.split() for line in lines]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["generate"], "Missing command"),
        (["generate", "--list", "resource", "Post", "title"], "belongs behind the command"),
        (["generate", "resource"], "missing argument NAME"),
        (["generate", "field"], "missing argument NAME"),
        (["generate", "field", "Post"], "missing argument FIELD"),
    ],
)
def test_what_is_missing_is_said_where_nobody_can_be_asked(
    shop: Path, invoke: Invoke, typed: list[str], said: str
) -> None:
    result = invoke(*typed)
    assert result.code == 2
    assert said in result.only("error")


def test_a_terminal_is_asked_for_the_name_and_each_field(shop: Path, invoke: Invoke) -> None:
    with at_terminal("generate", "resource", *QUICK, cwd=shop) as person:
        person.expect("Model:")
        person.type("post", ENTER)
        person.expect("use capitalized words")
        person.type(*["\x7f"] * 4, "Post", ENTER)
        person.expect("Field:")
        person.type("title:str(120)", ENTER)
        person.expect("Field:")
        person.type("order", ENTER)
        person.expect("reserved word of SQL")
        person.type(*["\x7f"] * 5, "body:text?", ENTER)
        person.expect("Field:")
        person.type(ENTER)
        assert person.finish() == 0, person.text
    assert listed(invoke)["Post"] == ["title:str(120)", "body:text?"]


def test_a_terminal_is_asked_before_a_field_goes(shop: Path, invoke: Invoke) -> None:
    invoke("generate", "resource", "Post", "title", "rating:int?", *QUICK)
    for answer, left in (("n", ["title:str(255)", "rating:int?"]), ("y", ["title:str(255)"])):
        with at_terminal("generate", "field", *QUICK, "Post", "--", "-rating", cwd=shop) as person:
            person.expect("Remove rating, and what the rows have in it?")
            person.type(answer)
            person.finish()
        assert listed(invoke)["Post"] == left
