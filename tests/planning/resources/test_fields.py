"""The grammar of fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flaskgen.errors import InvalidField
from flaskgen.planning.resources.fields import parse_field, parse_fields, remove_fields
from flaskgen.planning.resources.types import FIELD_TYPES


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("title", "title:str(255)"),
        ("title?", "title:str(255)?"),
        ("title:str:120", "title:str(120)"),
        ("body:text:optional", "body:text?"),
        ("code:str:8:optional:unique", "code:str(8)?^"),
        ("status:enum:draft,live=draft", "status:enum(draft,live)=draft"),
        ("choice:enum:optional,unique", "choice:enum(optional,unique)"),
        ("price:decimal:10,2=0", "price:decimal(10,2)=0"),
        ("tags:Tag:many", "tags:Tag*"),
        ("author:User", "author:User"),
        ("user:User", "user:User"),
        ("keys:Key*", "keys:Key*"),
        ("rating:int^?", "rating:int?^"),
        ("text:str=a=b", "text:str(255)=a=b"),
        ("due:date=today", "due:date=today"),
        ("due:date=2000-02-29", "due:date=2000-02-29"),
        ("at:time=now", "at:time=now"),
        ("price:decimal=-9.99", "price:decimal(10,2)=-9.99"),
        ('motto:str=it\'s "so"', 'motto:str(255)=it\'s "so"'),
    ],
)
def test_a_field_is_read_in_each_spelling(typed: str, read: str) -> None:
    assert str(parse_field(typed)) == read
    assert str(parse_field(read)) == read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("when:str", "reserved word of SQL"),
        ("class:str", "Python keyword"),
        ("type:str", "Python keyword"),
        ("id:int", "something of that name"),
        ("l:str", "reads as a digit"),
        ("page_size:int", "something of that name"),
        ("Title:str", "lower-case letters"),
        ("é:str", "lower-case letters"),
        ("", "lower-case letters"),
        ("a" * 27, "more than 26 characters"),
        ("t:strin", "there is no type `strin`"),
        ("t:int(3)", "takes 0 arguments"),
        ("t:str(0)", "a length is from 1"),
        ("t:str(x)", "are numbers"),
        ("t:str(1", "no type that flaskgen can read"),
        ("t:decimal(2,3)", "PLACES are some of the digits"),
        ("t:enum(one)", "at least two choices"),
        ("t:enum(one,one)", "there twice"),
        ("t:enum(a b,c)", "`a b` is not a choice"),
        ("t:str??", "there twice"),
        ("t:str:5:maybe", "`maybe` is not"),
        ("t:str*", "`*` is for models"),
        ("t:str=", "its default is empty"),
        (f"t:text={'x' * 61}", "too long for a line"),
        ("t:slug(4)", "from 5 to"),
        ("t:str(601)^", "at most 600 characters"),
        ("t:slug(601)^", "at most 600 characters"),
        ("t:time=today", "`today` is no default"),
        ("t:decimal(4,2)=1.234", "is no default"),
        ("t:bool=maybe", "`maybe` is no default"),
        ("t:int=9999999999", "is no default"),
        ("t:int=08", "without zeros before it"),
        ("t:float=-08.5", "without zeros before it"),
        ("t:float=1234567890123.456", "at most 15 digits"),
        ("t:str(3)=long", "longer than 3"),
        ("t:enum(a,b)=c", "not one of its choices"),
        ("t:date=2030-99-01", "is no default"),
        ("t:date=2030-02-30", "is no default"),
        ("t:date=2100-02-29", "is no default"),
        ("t:date=2030-06-31", "is no default"),
        ("t:datetime=0000-01-01T00:00", "is no default"),
        ("t:datetime=9999-12-31T23:59", "in another year"),
        ("t:email=x@example.com", "cannot have a default"),
        ("t:text^", "cannot be unique"),
        ("t:file^", "a field of the type file cannot be unique"),
        ("t:file=tea.txt", "a field of the type file cannot have a default"),
        ("t:file(10)", "the type file takes 0 arguments"),
        ("edit:str", "something of that name"),
        ("t:int^=1", "a unique field cannot have a default"),
        ("t:User=1", "no arguments and no default"),
        ("t:Tag*?", "never required"),
    ],
)
def test_a_wrong_field_is_refused_with_the_reason(typed: str, said: str) -> None:
    with pytest.raises(InvalidField) as raised:
        parse_field(typed)
    assert said in raised.value.message
    assert raised.value.hint


def test_two_fields_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidField, match="two fields have the name `title`"):
        parse_fields(["title:str", "title:text"])


def test_fields_are_removed_by_their_names() -> None:
    fields = parse_fields(["title:str", "body:text"])
    assert [field.name for field in remove_fields(fields, ["title"])] == ["body"]
    with pytest.raises(InvalidField, match="there is no field `titel`") as raised:
        remove_fields(fields, ["titel"])
    assert raised.value.hint == "did you mean `title`?"
    with pytest.raises(InvalidField, match="at least one field"):
        remove_fields(fields, ["title", "body"])


@given(st.text(max_size=40))
def test_any_text_is_a_field_or_is_refused(text: str) -> None:
    try:
        field = parse_field(text)
    except InvalidField:
        return
    assert parse_field(str(field)) == field


@given(st.sampled_from(sorted(FIELD_TYPES)), st.text("?^*=(),:0123456789abc", max_size=20))
def test_a_type_with_any_marks_is_a_field_or_is_refused(kind: str, marks: str) -> None:
    test_any_text_is_a_field_or_is_refused.hypothesis.inner_test(f"name:{kind}{marks}")  # type: ignore[attr-defined]
