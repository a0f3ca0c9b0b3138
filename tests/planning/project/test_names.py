"""Which names a project can have."""

from __future__ import annotations

import pytest

from flaskgen.errors import InvalidProjectName
from flaskgen.planning.project.names import parse_project_name, suggest_name


@pytest.mark.parametrize(
    ("text", "package", "title"),
    [
        ("shop", "shop", "Shop"),
        ("my-shop", "my_shop", "My Shop"),
        ("My_Shop2", "my_shop2", "My Shop2"),
        ("a", "a", "A"),
        ("x" * 100, "x" * 100, "X" + "x" * 99),
    ],
)
def test_a_good_name_gives_a_package_and_a_title(text: str, package: str, title: str):
    name = parse_project_name(text)
    assert (name.package, name.title) == (package, title)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("my app", "letters and digits"),
        (".shop", "letters and digits"),
        ("shop-", "letters and digits"),
        ("a.b", "letters and digits"),
        ("1abc", "letters and digits"),
        ("__init__", "letters and digits"),
        ("a--b", "letters and digits"),
        ("x;y", "letters and digits"),
        ("a=b", "letters and digits"),
        ("caf\u00e9", r"U\+00E9"),
        ("p\u0430ypal", r"U\+0430"),
        ("a\u202eb", r"U\+202E"),
        ("a\x1bb", r"U\+001B"),
        ("\U0001f600", r"U\+1F600"),
        ("con", "device"),
        ("COM1", "device"),
        ("nul", "device"),
        ("class", "keyword"),
        ("match", "keyword"),
        ("json", "standard library"),
        ("test", "standard library"),
        ("flask", "contain or install"),
        ("app", "is reserved for"),
        ("tests", "is reserved for"),
        ("static", "is reserved for"),
        ("x" * 101, "more than 100"),
    ],
)
def test_a_bad_name_is_refused_with_the_rule_and_a_hint(text: str, words: str):
    with pytest.raises(InvalidProjectName, match=words) as caught:
        parse_project_name(text, reserved={"flask"})
    assert caught.value.hint
    assert caught.value.exit_code == 2
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My App!", "my-app"),
        ("1shop", "shop"),
        ("1abc", "my-abc"),
        ("", "my-app"),
        ("a.b", "a-b"),
        ("\u4f60", "my-app"),
        ("Caf\xe9 am Stra\xdfenrand", "cafe-am-strassenrand"),
    ],
)
def test_the_suggested_name_is_valid(text: str, name: str):
    assert suggest_name(text) == name
    assert parse_project_name(name).text == name
