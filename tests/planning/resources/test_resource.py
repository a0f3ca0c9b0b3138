"""The names of resources."""

from __future__ import annotations

import pytest

from flaskgen.errors import InvalidResource
from flaskgen.planning.resources.resource import find_resource, parse_resource
from flaskgen.planning.resources.values import label_of


@pytest.mark.parametrize(
    ("name", "singular", "plural"),
    [
        ("Post", "post", "posts"),
        ("BlogPost", "blog_post", "blog_posts"),
        ("Category", "category", "categories"),
        ("Day", "day", "days"),
        ("Box", "box", "boxes"),
        ("Church", "church", "churches"),
    ],
)
def test_a_name_has_the_forms_that_code_needs(name: str, singular: str, plural: str) -> None:
    resource = parse_resource(name, ["title"])
    assert (resource.singular, resource.plural) == (singular, plural)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("post", "try `Post`"),
        ("blog_post", "try `BlogPost`"),
        ("HTTPServer", "try `HttpServer`"),
        ("Class", "choose another: ClassItem"),
        ("Order", "choose another: OrderItem"),
        ("L", "choose another: Item"),
        ("O", "choose another: Item"),
        ("Flask", "choose another: FlaskItem"),
        ("A" + "a" * 40, "choose another"),
        ("", "such as BlogPost"),
        ("../x", "try `X`"),
        ("Caf\xe9", "try `Cafe`"),
    ],
)
def test_what_cannot_name_a_model_is_refused_with_what_could(name: str, hint: str) -> None:
    with pytest.raises(InvalidResource) as raised:
        parse_resource(name, ["title"])
    assert hint in (raised.value.hint or "")


@pytest.mark.parametrize("plural", ["Posts", "select", "for", "a b", "../x", "", "docs", "api_posts"])
def test_a_plural_is_a_name_too(plural: str) -> None:
    with pytest.raises(InvalidResource, match="invalid plural"):
        parse_resource("Post", ["title"], plural=plural)


def test_a_resource_has_fields() -> None:
    with pytest.raises(InvalidResource, match="Post has no fields"):
        parse_resource("Post", [])


@pytest.mark.parametrize("name", ["BlogPost", "blogpost", "blog_post", "blog_posts"])
def test_people_name_a_resource_in_several_ways(name: str) -> None:
    resource = parse_resource("BlogPost", ["title"])
    assert find_resource(name, [resource]) == resource
    assert find_resource("post", [resource]) is None


@pytest.mark.parametrize(
    ("fields", "label"),
    [(["title?", "code:slug"], "code"), (["title?"], "id"), (["size:int", "title"], "title")],
)
def test_rows_are_known_by_a_text_that_each_has(fields: list[str], label: str) -> None:
    assert label_of(parse_resource("Post", fields)) == label


@pytest.mark.parametrize("name", ["Location", "Number", "Name", "Save", "UrlFor", "Form", "Request"])
def test_a_name_that_the_generated_functions_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidResource, match="the generated code has something of that name") as raised:
        parse_resource(name, ["title"])
    assert raised.value.hint == f"choose another: {name}Item"
