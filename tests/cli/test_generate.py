"""The command line of `generate`, as it is typed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.terminal import ENTER, at_terminal
from tests.commands.projects import files_of, read_project, write_project
from tests.sampling import sampled

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


@pytest.mark.parametrize(
    "typed", ["Post -kind", "-kind Post", "Post -kind rating:int?", "Post -kind -- -verb"]
)
def test_a_field_is_removed_without_the_dashes_in_front(shop: Path, invoke: Invoke, typed: str) -> None:
    assert invoke("generate", "resource", "Post", "title", "kind", "verb", *QUICK).code == 0
    assert invoke("generate", "field", *QUICK, *typed.split()).code == 0
    assert not any(field.startswith("kind") for field in listed(invoke)["Post"])


def test_flags_of_one_letter_stay_flags_in_front_of_the_dashes(shop: Path, invoke: Invoke) -> None:
    assert invoke("generate", "resource", "Post", "title", "qv", *QUICK).code == 0
    both = invoke("generate", "field", "Post", "-qv", *QUICK)
    assert both.only("error") == "--quiet and --verbose contradict each other"
    assert invoke("generate", "field", "Post", *QUICK, "--", "-qv").code == 0
    assert listed(invoke)["Post"] == ["title:str(255)"]


def test_the_list_is_a_table_for_people(shop: Path, invoke: Invoke) -> None:
    invoke("generate", "resource", "Post", "title", *QUICK)
    invoke("generate", "page", "about", *QUICK)
    lines = [line.split() for line in invoke("generate", "--list").out.splitlines()]
    assert lines[0][:2] == ["KIND", "NAME"]
    assert lines[1:] == [
        ["resource", "Note", "text:str(500)"],
        ["resource", "Post", "title:str(255)"],
        ["page", "about", "main"],
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["generate"], "missing command"),
        (["generate", "--list", "resource", "Post", "title"], "goes after the command"),
        (["generate", "resource"], "missing argument NAME"),
        (["generate", "page"], "missing argument NAME"),
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


@pytest.mark.e2e
def test_a_terminal_is_asked_before_a_field_goes(shop: Path, invoke: Invoke) -> None:
    invoke("generate", "resource", "Post", "title", "rating:int?", *QUICK)
    for answer, left in (("n", ["title:str(255)", "rating:int?"]), ("y", ["title:str(255)"])):
        with at_terminal("generate", "field", *QUICK, "Post", "--", "-rating", cwd=shop) as person:
            person.expect("Remove rating, and what the rows have in it?")
            person.type(answer)
            person.finish()
        assert listed(invoke)["Post"] == left


def test_a_model_grows_an_api_and_pages_to_be_the_resource(shop: Path, invoke: Invoke) -> None:
    assert invoke("generate", "resource", "Post", "title", *QUICK).code == 0
    whole = read_project(shop)
    assert invoke("undo", *QUICK).code == 0
    assert invoke("generate", "model", "Post", "title", *QUICK).code == 0
    _note, model = json.loads(invoke("generate", "--list", "--json").out)
    assert (model["pages"], model["api"]) == (False, False)
    assert not (shop / "shop/posts/views.py").exists()
    assert invoke("generate", "api", "Post", *QUICK).code == 0
    _note, model = json.loads(invoke("generate", "--list", "--json").out)
    assert (model["pages"], model["api"]) == (False, True)
    invoke("undo", *QUICK)
    assert invoke("generate", "resource", "Post", *QUICK).code == 0
    assert read_project(shop) == whole


def test_what_is_listed_is_generated_again_from_the_file(shop: Path, invoke: Invoke, tmp_path: Path) -> None:
    invoke("generate", "resource", "Shelf", "name:str(50)", "--plural", "shelves", *QUICK)
    invoke("generate", "resource", "Book", "title", "shelf:Shelf", "--owner", *QUICK)
    invoke("generate", "blueprint", "blog", *QUICK)
    invoke("generate", "page", "archive", "--blueprint", "blog", *QUICK)
    made = read_project(shop)
    (tmp_path / "shop.json").write_text(invoke("generate", "--list", "--json").out)
    for removed in ("book,shelf,blog,archive", "book,archive"):
        invoke("remove", removed, *QUICK)
        assert read_project(shop) != made
        assert invoke("generate", "resource", "--from", str(tmp_path / "shop.json"), *QUICK).code == 0
        assert read_project(shop) == made


def test_a_wrong_file_is_an_error_with_its_place(shop: Path, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "post.json").write_text('{"name": "Post", "fields": ["title", "order"]}')
    result = invoke("generate", "resource", "--from", "../post.json", *QUICK)
    assert result.code == 2
    assert result.only("error").startswith("../post.json: fields[1]: invalid field name `order`")
    assert result.only("hint")
    result = invoke("generate", "resource", "Post", "--from", "../post.json", *QUICK)
    assert result.only("error") == "NAME and --from contradict each other"
    assert "No such file" in invoke("generate", "resource", "--from", "nothing.json", *QUICK).only("error")


@pytest.mark.parametrize("kind", sampled(["blueprint", "command", "page"], ["page"]))
def test_a_terminal_is_asked_for_the_name_of_a_part(shop: Path, invoke: Invoke, kind: str) -> None:
    with at_terminal("generate", kind, *QUICK, cwd=shop) as person:
        person.expect(f"Name of the {kind}:")
        person.type("import", ENTER)
        person.expect("Python keyword")
        person.type("s", ENTER)
        assert person.finish() == 0, person.text
    _note, part = json.loads(invoke("generate", "--list", "--json").out)
    assert (part["kind"], part["name"]) == (kind, "imports")
