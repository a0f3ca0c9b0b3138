"""JSON that flaskgen printed, or a person wrote, is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flaskgen.errors import InvalidDocument
from flaskgen.planning.project.documents import parse_generated_list

POST = {"name": "Post", "fields": ["title:str(120)", "body:text?"]}


def test_a_resource_is_read_with_the_defaults_of_the_command_line() -> None:
    (post,) = parse_generated_list(json.dumps(POST).encode(), "post.json")
    parts = {"pages": True, "api": True, "form": False}
    assert post.as_dict() == {**POST, "plural": "posts", "owner": False, **parts}


def test_a_list_is_read_as_it_is_printed() -> None:
    written = [POST, {**POST, "name": "Draft", "pages": False}, {"kind": "page", "name": "about"}]
    posts = parse_generated_list(json.dumps(written).encode(), "a.json")
    printed = json.dumps([post.as_dict() for post in posts])
    assert parse_generated_list(printed.encode(), "b.json") == posts


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{", "a.json is not valid JSON: Expecting property name"),
        (b"\xff", "a.json is not UTF-8 text"),
        (b"[" * 100_000, "a.json is nested too deeply"),
        (1, "a.json is not a JSON object"),
        ([1], "a.json: `[0]` is not an object"),
        ({}, "a.json: `name` is missing"),
        ([POST, {"name": 1}], "a.json: `[1].name` is not text"),
        ({**POST, "name": "post"}, "a.json: name: invalid resource name `post`"),
        ({"name": "Post"}, "a.json: `fields` is missing"),
        ({**POST, "fields": "title"}, "a.json: `fields` is not a list of strings"),
        ({**POST, "fields": []}, "a.json: fields: Post has no fields"),
        ({**POST, "fields": ["a", "order"]}, "a.json: fields[1]: invalid field name `order`"),
        ([POST, {**POST, "fields": ["a:strin"]}], "a.json: [1].fields[0]: invalid field `a:strin`"),
        ({**POST, "fields": ["a", "a"]}, "a.json: fields: two fields have the name `a`"),
        ({**POST, "owner": 1}, "a.json: `owner` is not true or false"),
        ([{"kind": "pages", "name": "a"}], "a.json: [0].kind: `pages` cannot be generated"),
        ([{"kind": "page", "name": "A"}], "a.json: [0].kind: invalid name `A`"),
        ({"kind": "page", "name": "a", "bluprint": "b"}, "a.json: `bluprint` is unknown; did you mean"),
        ({**POST, "ownr": True}, "a.json: `ownr` is unknown; did you mean `owner`?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_a_hint(value: Any, said: str) -> None:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(InvalidDocument) as raised:
        parse_generated_list(content, "a.json")
    assert raised.value.message.startswith(said)
    assert raised.value.hint
